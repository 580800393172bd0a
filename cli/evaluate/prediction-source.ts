/**
 * Where predictions come from: a bundle that runs here, or a folder of masks made elsewhere.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import type { LabelMap, Volume } from '../../core/volume.ts';
import type { ReadVolume } from '../../daemon/intake/read-volume.ts';
import { makeFolder } from '../../daemon/results/make-folder.ts';
import { readNiftiLabels } from '../../formats/nifti/read-nifti.ts';
import { streamNiftiLabels } from '../../formats/nifti/write-nifti.ts';
import type { Bundle } from '../../runtime/bundle.ts';
import { segment } from '../../runtime/segment.ts';
import { writeWhole } from '../../train/write-whole.ts';
import { caseFileStem } from './case-store.ts';
import { type CaseFiles, findPrediction, missing } from './data-set.ts';
import { readDigested, readImage } from './read-case.ts';

/** A case whose prediction can be had. */
export interface OpenedCase {
  /** Digests of what the prediction depends on, for the case's key. */
  readonly dependsOn: readonly string[];
  /** Absent where only masks are scored and no image lies beside them. */
  readonly image?: ReadVolume;
  predict(): Promise<LabelMap>;
}

export interface PredictionSource {
  /** @throws {VoxwatchError} `INPUT_NOT_FOUND` where the case's other half is missing, and as the readers do. */
  open(files: CaseFiles): Promise<OpenedCase>;
  /** The mask that was scored, read again for pictures. */
  readMask(files: CaseFiles): Promise<LabelMap>;
  /** Present where a changed image can be segmented too. */
  readonly segmentVolume?: (volume: Volume) => Promise<LabelMap>;
}

/** Runs a bundle; its masks are kept in `<out>/masks/NAME.nii.gz`. */
export function bundlePredictions(bundle: Bundle, outDir: string): PredictionSource {
  const maskFile = (name: string): string => join(outDir, 'masks', `${caseFileStem(name)}.nii.gz`);
  // One after another: a network takes all cores by itself.
  let last: Promise<unknown> = Promise.resolve();
  const segmentVolume = (volume: Volume): Promise<LabelMap> => {
    const mask = last.then(async () => (await segment(bundle, volume)).labelMap);
    last = mask.catch(() => {});
    return mask;
  };
  return {
    segmentVolume,
    async open(files) {
      if (files.image === undefined) throw notFound(files.name, 'image');
      const image = await readImage(files.image);
      return {
        image,
        dependsOn: [image.inputSha256(), bundle.manifestSha256, bundle.provider.name, bundle.precisionOf(bundle.provider.name)],
        async predict() {
          const mask = await segmentVolume(image.volume);
          await makeFolder(join(outDir, 'masks'));
          await writeWhole(maskFile(files.name), streamNiftiLabels(mask, bundle.manifest.labels, image.niftiSpace));
          return mask;
        },
      };
    },
    readMask: async ({ name }) => readNiftiLabels(await readFile(maskFile(name))),
  };
}

/** Takes masks from a folder. */
export function folderPredictions(folder: string): PredictionSource {
  const fileOf = async (name: string): Promise<string> => {
    const file = await findPrediction(folder, name);
    if (file === undefined) throw notFound(name, 'prediction');
    return file;
  };
  return {
    async open({ name }) {
      const { bytes, sha256 } = await readDigested(await fileOf(name));
      return { dependsOn: [sha256], predict: async () => readNiftiLabels(bytes) };
    },
    readMask: async ({ name }) => readNiftiLabels(await readFile(await fileOf(name))),
  };
}

function notFound(name: string, what: 'image' | 'prediction'): VoxwatchError {
  return new VoxwatchError('INPUT_NOT_FOUND', missing(name, what).message);
}

/** Digest of labels in memory. */
export function labelsSha256({ labels }: LabelMap): string {
  return createHash('sha256').update(labels).digest('hex');
}
