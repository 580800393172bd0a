/**
 * The working folder of a round of active learning, and the training set that it fills: both lie in the Decathlon's layout
 * (`dataset.json`, `imagesTr/`, `labelsTr/`), which `train` and `evaluate` read whatever the cases are called.
 *
 * In a working folder `labelsTr/` holds pre-segmentations that a person corrects in place, and `ranking.json` what they were.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import type { LabelSet } from '../../core/label-table.ts';
import type { ModelManifest } from '../../core/model-manifest.ts';
import type { LabelMap, Volume } from '../../core/volume.ts';
import { makeFolder } from '../../daemon/results/make-folder.ts';
import { writeWhole } from '../../train/write-whole.ts';

export const RANKING_FILE = 'ranking.json';
const DESCRIPTION_FILE = 'dataset.json';

/** Files of a case, absolute where the folder is. */
export interface CasePaths {
  readonly image: string;
  readonly mask: string;
}

export function pathsOf(folder: string, name: string): CasePaths {
  return { image: join(folder, 'imagesTr', `${name}.nii.gz`), mask: join(folder, 'labelsTr', `${name}.nii.gz`) };
}

/** The bundle that made a ranking. */
export interface RankingModel extends Pick<ModelManifest, 'name' | 'version' | 'labels' | 'organLabel'> {
  /** Absent where the model was made elsewhere. */
  readonly recipe?: string;
  readonly manifestSha256: string;
}

export interface RankedCase {
  readonly name: string;
  /** 0 (all views agree) … 1. */
  readonly uncertainty: number;
  readonly regions: readonly RankedRegion[];
  /** Digest of the HU, of any voxel order. */
  readonly huSha256: string;
  /** Digest of the pre-segmentation's labels. */
  readonly labelsSha256: string;
}

export interface RankedRegion {
  readonly region: string;
  readonly uncertainty: number;
  /** Of the pre-segmentation. */
  readonly volumeMl: number;
}

export interface LeftOutInput {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

/** `ranking.json`. */
export interface Ranking {
  readonly format: 1;
  readonly model: RankingModel;
  /** What was changed for each view. */
  readonly views: readonly string[];
  /** The most uncertain first. */
  readonly cases: readonly RankedCase[];
  readonly leftOut: readonly LeftOutInput[];
}

/** @throws {VoxwatchError} `CONFIG_INVALID` for a file that is not a ranking of ours. */
export async function readRanking(folder: string): Promise<Ranking | undefined> {
  const text = await readFile(join(folder, RANKING_FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const ranking = JSON.parse(text) as Ranking;
    if (ranking.format === 1 && Array.isArray(ranking.cases) && Array.isArray(ranking.model.labels)) return ranking;
  } catch {
    // Said below.
  }
  throw new VoxwatchError('CONFIG_INVALID', `The ${RANKING_FILE} of the working folder is not one of voxwatch's.`);
}

/** Makes a folder of the layout, or finds one of the same labels. @throws {VoxwatchError} `USAGE`, `OUTPUT_NOT_WRITABLE`. */
export async function openSetFolder(folder: string, labels: LabelSet['labels']): Promise<void> {
  const named = Object.fromEntries([['background', 0], ...labels.map(({ index, name }) => [name, index] as const)]);
  const description = `${JSON.stringify({ labels: named, channel_names: { 0: 'CT' }, file_ending: '.nii.gz' }, null, 2)}\n`;
  const found = await readFile(join(folder, DESCRIPTION_FILE), 'utf8').catch(() => undefined);
  if (found === undefined && (await isThere(folder, ['imagesTr', 'labelsTr', 'images', 'labels'])))
    throw new VoxwatchError('USAGE', 'The folder holds cases already, but no dataset.json of voxwatch: give a folder of its own.');
  if (found !== undefined && labelsIn(found) !== JSON.stringify(named))
    throw new VoxwatchError('USAGE', 'The folder holds cases of other labels, by its dataset.json: give another folder.');
  try {
    for (const name of ['imagesTr', 'labelsTr']) await makeFolder(join(folder, name));
    if (found === undefined) await writeWhole(join(folder, DESCRIPTION_FILE), description);
  } catch (cause) {
    throw new VoxwatchError(
      'OUTPUT_NOT_WRITABLE',
      'The folder cannot be written: check its permissions and free space.',
      {},
      cause,
    );
  }
}

function labelsIn(description: string): string | undefined {
  try {
    return JSON.stringify((JSON.parse(description) as { readonly labels?: unknown }).labels);
  } catch {
    return undefined;
  }
}

async function isThere(folder: string, names: readonly string[]): Promise<boolean> {
  const found = await Promise.all(names.map((name) => fileExists(join(folder, name))));
  return found.includes(true);
}

export function fileExists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

export function huSha256({ hu }: Volume): string {
  return createHash('sha256')
    .update(new Uint8Array(hu.buffer, hu.byteOffset, hu.byteLength))
    .digest('hex');
}

export function labelsSha256({ labels }: LabelMap): string {
  return createHash('sha256').update(labels).digest('hex');
}
