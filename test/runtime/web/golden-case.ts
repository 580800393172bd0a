/** The golden input of a shipped bundle, and what the engine for Node makes of it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Volume } from '../../../core/volume.ts';
import { bundleFolder } from '../../../daemon/job/bundle-folder.ts';
import { readNifti } from '../../../formats/nifti/read-nifti.ts';
import { loadBundle, nodeSessions, type Outcome, segment } from '../../../runtime/index.ts';
import { goldenDifference } from '../../../runtime/prove-golden.ts';

export const MODELS = join(import.meta.dirname, '../../../models');

export async function goldenVolume(bundle: string): Promise<Volume> {
  return readNifti(await readFile(join(MODELS, bundle, 'golden.nii.gz'))).volume;
}

/** What Node makes of it, beside labels from elsewhere. */
export interface NodeComparison {
  /** Whether the labels are Node's, but for as many near ties as another CPU may have. */
  readonly isSame: boolean;
  /** Voxels that Node gives a label. */
  readonly foreground: number;
  readonly outcome: Outcome;
}

export async function againstNode(bundle: string, labels: Uint8Array): Promise<NodeComparison> {
  const loaded = await loadBundle(bundleFolder(join(MODELS, bundle)), { openSessions: nodeSessions({ providers: ['cpu'] }) });
  const { labelMap, outcome } = await segment(loaded, await goldenVolume(bundle));
  await loaded.release();
  const { isNearTies, foreground } = goldenDifference(labels, labelMap.labels);
  return { isSame: isNearTies, foreground, outcome };
}
