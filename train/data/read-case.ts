/**
 * Files of a case → image and mask, checked against each other: what does not fit is refused, never trained on.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { affineSpacingMm } from '../../core/affine.ts';
import { VoxwatchError } from '../../core/errors.ts';
import { gridShiftMm } from '../../core/grid-shift.ts';
import { createLabelMap, type LabelMap, type Volume } from '../../core/volume.ts';
import { readNifti, readNiftiLabels } from '../../formats/nifti/read-nifti.ts';
import type { TrainingCase } from './list-cases.ts';
import { type LabelledPicture, readPicture } from './read-picture.ts';

export interface LabelledVolume {
  readonly volume: Volume;
  readonly truth: LabelMap;
}

/** A volume in space, or a single slice that lies nowhere. */
export type LabelledCase = ({ readonly kind: 'volume' } & LabelledVolume) | ({ readonly kind: 'picture' } & LabelledPicture);

/** What the labels of masks may be. */
export interface LabelRules {
  /** Labels that a mask may hold: 0 … labels − 1. */
  readonly labels: number;
  /** Number in the mask → label; where it is given at all, other numbers are background. */
  readonly renamed?: ReadonlyMap<number, number>;
}

/** Masks keep their place only as well as the programs that write them round; a reader draws no finer than this. */
const TOLERANCE_VOXELS = 0.25;

/**
 * Reads a case.
 * @throws {VoxwatchError} as the readers do; `INPUT_NOT_FOUND`; `GEOMETRY_INVALID` if image and mask differ in size or do
 *   not lie on each other; `LABEL_UNKNOWN` for a label that the rules do not have.
 */
export async function readCase(files: TrainingCase, rules: LabelRules): Promise<LabelledCase> {
  const [image, mask] = [await readBytes(files.image), await readBytes(files.truth)];
  if (files.format === 'numpy') {
    const picture = readPicture(image, mask);
    return { kind: 'picture', ...picture, labels: applyRules(picture.labels, rules) };
  }
  const { volume } = readNifti(image);
  const stored = readNiftiLabels(mask);
  assertSamePlace(volume, stored);
  return { kind: 'volume', volume, truth: createLabelMap(volume.geometry, applyRules(stored.labels, rules)) };
}

function readBytes(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'A file of this case is missing or cannot be read.', {}, cause);
  });
}

/** @throws {VoxwatchError} `GEOMETRY_INVALID` if image and mask differ in size or do not lie on each other. */
export function assertSamePlace({ geometry }: Volume, truth: LabelMap): void {
  const [a, b] = [geometry.sizeVoxels, truth.geometry.sizeVoxels];
  if (a.join() !== b.join()) {
    throw new VoxwatchError(
      'GEOMETRY_INVALID',
      `Image and mask of a case must have the same size; they have ${a.join(' × ')} and ${b.join(' × ')}.`,
    );
  }
  const shiftMm = gridShiftMm(geometry, truth.geometry);
  if (shiftMm > TOLERANCE_VOXELS * Math.min(...affineSpacingMm(geometry.voxelToWorld))) {
    throw new VoxwatchError(
      'GEOMETRY_INVALID',
      `Image and mask of a case must lie on each other; the same voxel lies up to ${shiftMm.toPrecision(3)} mm apart.`,
      { shiftMm },
    );
  }
}

/** @returns the labels of the rules; the mask's own where nothing is renamed. */
function applyRules(labels: Uint8Array, { labels: known, renamed }: LabelRules): Uint8Array {
  const occurs = new Uint8Array(256);
  for (const label of labels) occurs[label] = 1;
  if (renamed) {
    const table = Uint8Array.from({ length: 256 }, (_, index) => renamed.get(index) ?? 0);
    return labels.map((label) => table[label] as number);
  }
  const strange = [...occurs.keys()].filter((label) => occurs[label] === 1 && label >= known);
  if (strange.length === 0) return labels;
  throw new VoxwatchError(
    'LABEL_UNKNOWN',
    `The mask holds ${strange.length === 1 ? 'label' : 'labels'} ${strange.slice(0, 5).join(', ')}${strange.length > 5 ? ' …' : ''}; the recipe knows 0 … ${known - 1}. Say what they are with --truth-label NUMBER=NAME.`,
    { labels: strange.slice(0, 5) },
  );
}
