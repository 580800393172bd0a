/**
 * A corrected mask of a working folder → a case of the training set, with where it came from; or why not.
 * @module
 */
import { copyFile, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { labelSetOf } from '../../core/model-manifest.ts';
import type { LabelMap } from '../../core/volume.ts';
import { makeFolder } from '../../daemon/results/make-folder.ts';
import { unknownLabels } from '../../evaluate/check-labels.ts';
import { gridMismatch } from '../../evaluate/resample.ts';
import { readNifti, readNiftiLabels } from '../../formats/nifti/read-nifti.ts';
import { streamNiftiLabels } from '../../formats/nifti/write-nifti.ts';
import { writeWhole } from '../../train/write-whole.ts';
import { fileExists, huSha256, labelsSha256, pathsOf, type RankedCase, type RankingModel } from './round-folder.ts';

export interface AcceptCase {
  readonly ranked: RankedCase;
  readonly model: RankingModel;
  /** The working folder: its image goes into the set. */
  readonly round: string;
  /** The corrected mask. */
  readonly maskFile: string;
  /** Of the training set. */
  readonly set: string;
  /** A person has looked at the pre-segmentation and leaves it as it is. */
  readonly mayBeUnchanged: boolean;
  /** Takes the place of a case that the set holds with another mask. */
  readonly mayReplace: boolean;
  readonly provenance: GivenProvenance;
}

export interface GivenProvenance {
  /** When it was taken back, ISO 8601. */
  readonly acceptedAt: string;
  /** Who corrected it, where that is said. */
  readonly correctedBy?: string;
}

/** `uncorrected`: the mask is still the pre-segmentation, and nobody said that it is right. */
export type AcceptStatus = 'accepted' | 'already-there' | 'uncorrected';

/**
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`, `INPUT_CHANGED`, `GEOMETRY_MISMATCH`, `LABEL_UNKNOWN`, and what the reader throws:
 *   the set is then as it was.
 */
export async function acceptCase(job: AcceptCase): Promise<AcceptStatus> {
  const { ranked, model, round, set, mayBeUnchanged, mayReplace, provenance } = job;
  const source = pathsOf(round, ranked.name);
  const { volume, space } = readNifti(await read(source.image, 'image'));
  if (huSha256(volume) !== ranked.huSha256)
    throw new VoxwatchError('INPUT_CHANGED', 'The image in the working folder is not the one that was ranked: rank it again.');
  const mask = readNiftiLabels(await read(job.maskFile, 'mask'));
  const mismatch = gridMismatch(volume.geometry, mask.geometry);
  if (mismatch) {
    throw new VoxwatchError(
      'GEOMETRY_MISMATCH',
      `The mask lies on another grid than its image: ${mismatch}. Save it on the grid of the image.`,
    );
  }
  assertKnown(mask, model);
  const digest = labelsSha256(mask);
  const isUnchanged = digest === ranked.labelsSha256;
  if (isUnchanged && !mayBeUnchanged) return 'uncorrected';
  const target = pathsOf(set, ranked.name);
  const there = await findThere(target);
  if (there === `${ranked.huSha256} ${digest}`) return 'already-there';
  if (there !== undefined && !mayReplace) {
    throw new VoxwatchError(
      'INPUT_CHANGED',
      'The training set holds a case of this name with another image or mask: --replace takes this one instead.',
    );
  }
  const { uncertainty, huSha256: image, labelsSha256: preSegmentation } = ranked;
  const { name, version, manifestSha256 } = model;
  const record = {
    format: 1,
    case: ranked.name,
    ...provenance,
    isUnchanged,
    model: { name, version, manifestSha256 },
    uncertainty,
    sha256: { hu: image, preSegmentation, correction: digest },
  };
  // The mask goes first and comes last: a case without one is left out of training, so where this is stopped half way
  // nothing is trained on that does not belong together.
  await rm(target.mask, { force: true });
  await makeFolder(join(set, 'provenance'));
  await writeWhole(join(set, 'provenance', `${ranked.name}.json`), `${JSON.stringify(record, null, 2)}\n`);
  await copyFile(source.image, `${target.image}.part`);
  await rename(`${target.image}.part`, target.image);
  const onImage: LabelMap = { geometry: volume.geometry, labels: mask.labels };
  await writeWhole(target.mask, streamNiftiLabels(onImage, model.labels, space));
  return 'accepted';
}

function assertKnown(mask: LabelMap, model: RankingModel): void {
  const unknown = unknownLabels(mask, labelSetOf(model));
  if (unknown.length === 0) return;
  const { labels } = model;
  const known = labels.map(({ index, name }) => `${index} ${name}`).join(', ');
  throw new VoxwatchError(
    'LABEL_UNKNOWN',
    `The mask holds ${unknown.length === 1 ? 'label' : 'labels'} ${unknown.join(', ')}, which the model does not have (its own: ${known}).`,
  );
}

/** Digests of the case that the set holds under this name. */
async function findThere({ image, mask }: { image: string; mask: string }): Promise<string | undefined> {
  if (!(await fileExists(mask))) return undefined;
  try {
    return `${huSha256(readNifti(await readFile(image)).volume)} ${labelsSha256(readNiftiLabels(await readFile(mask)))}`;
  } catch {
    return 'damaged';
  }
}

function read(file: string, what: 'image' | 'mask'): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new VoxwatchError('INPUT_NOT_FOUND', `There is no ${what} for this case.`, {}, cause);
  });
}
