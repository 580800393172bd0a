/**
 * A label map (and its CT, where there is one) → a template: every voxel of the body has a tissue, on cubes of one size.
 *
 * A template is plain data: made once, and sent to threads as it is.
 * @module
 */
import { nearestDistancesMm } from '../../../core/distance-transform.ts';
import { VoxwatchError } from '../../../core/errors.ts';
import type { LabelMap, Volume } from '../../../core/volume.ts';
import { axialView } from '../../../preprocess/reorient.ts';
import { assertSamePlace } from '../../data/read-case.ts';
import { bodyOfCt } from './body-mask.ts';
import { distanceToHull } from './label-hull.ts';
import { type LabelNames, tissueCodes } from './label-names.ts';
import { CODES, membership, TISSUES, type Tissue } from './tissues.ts';
import { type GridSize, huOnWorkGrid, labelsOnWorkGrid, workSize } from './work-grid.ts';

export interface Template {
  /** i to the patient's left, j to the back, k to the head. */
  readonly sizeVoxels: GridSize;
  /** Edge of a voxel, mm. */
  readonly spacingMm: number;
  /** Code of the tissue ({@link TISSUES}), i fastest. */
  readonly tissues: Uint8Array;
  /** The real CT; absent where there is only a label map. */
  readonly hu?: Int16Array;
  /** Median of the real CT by tissue code; not a number where there is none. */
  readonly medianHu: Float32Array;
}

export interface TemplateSource {
  readonly labels: LabelMap;
  /** On the grid of the labels. */
  readonly volume?: Volume;
  readonly names: LabelNames;
  /** Organ name → tissue, for organs that go by other names than those known. */
  readonly tissues?: Readonly<Record<string, Tissue>>;
}

/** HU that part gas, fat, soft tissue and bone where nothing is labelled. */
const GAS_BELOW_HU = -300;
const FAT_BELOW_HU = -30;
const BONE_ABOVE_HU = 160;
/** What is deeper in a kidney is medulla: 2.6 voxels of 3 mm. */
const CORTEX_MM = 7.8;
/** Thickness of the wall round the labels and of the fat under the skin, where no CT shows them, mm. */
const WALL_MM = 10;
const SUBCUTANEOUS_MM = 14;

/**
 * @param spacingMm - Edge of a work voxel.
 * @throws {VoxwatchError} `GEOMETRY_INVALID` if labels and CT do not lie on each other; `INPUT_EMPTY` for a map without
 *   labels; `LABEL_UNKNOWN` as {@link tissueCodes}.
 */
export function prepareTemplate({ labels, volume, names, tissues: given = {} }: TemplateSource, spacingMm: number): Template {
  if (volume) assertSamePlace(volume, labels);
  const codes = tissueCodes(occurringLabels(labels.labels), names, given);
  const sizeVoxels = workSize(axialView(labels.geometry), spacingMm);
  const tissues = labelsOnWorkGrid(labels, spacingMm).map((label) => codes[label] as number);
  const hu = volume && huOnWorkGrid(volume, spacingMm);
  if (hu) fillByHu(tissues, hu, sizeVoxels);
  else fillByHull(tissues, sizeVoxels, spacingMm);
  findMedulla(tissues, sizeVoxels, spacingMm);
  return { sizeVoxels, spacingMm, tissues, ...(hu ? { hu } : {}), medianHu: medians(tissues, hu) };
}

function occurringLabels(labels: Uint8Array): number[] {
  const occurs = new Uint8Array(256);
  for (const label of labels) occurs[label] = 1;
  const found = [...occurs.keys()].filter((label) => label > 0 && occurs[label] === 1);
  if (found.length === 0) throw new VoxwatchError('INPUT_EMPTY', 'The label map has no label: every voxel is background.');
  return found;
}

/** Unlabelled voxels of the body become gas, fat, soft tissue or bone; gas in a labelled gut is told from its wall. */
function fillByHu(tissues: Uint8Array, hu: Int16Array, size: GridSize): void {
  const body = bodyOfCt(hu, tissues, size);
  const isGut = membership(['stomach', 'bowel']);
  for (let p = 0; p < tissues.length; p++) {
    const value = hu[p] as number;
    const code = tissues[p] as number;
    if (code !== CODES.air) {
      if (isGut[code] && value < GAS_BELOW_HU) tissues[p] = CODES['gut-gas'];
    } else if (body[p]) {
      tissues[p] =
        value < GAS_BELOW_HU
          ? CODES.gas
          : value < FAT_BELOW_HU
            ? CODES.fat
            : value <= BONE_ABOVE_HU
              ? CODES['soft-tissue']
              : CODES.bone;
    }
  }
}

/** The trunk as far as labels alone tell it: fat between them, a wall of muscle and a layer of fat round their hull. */
function fillByHull(tissues: Uint8Array, [ni, nj, nk]: GridSize, spacingMm: number): void {
  for (let k = 0; k < nk; k++) {
    const slice = tissues.subarray(k * ni * nj, (k + 1) * ni * nj);
    const distance = distanceToHull(slice, [ni, nj]);
    for (let p = 0; p < slice.length; p++) {
      if (slice[p] !== CODES.air) continue;
      const mm = (distance[p] as number) * spacingMm;
      if (mm <= 0) slice[p] = CODES.fat;
      else if (mm <= WALL_MM) slice[p] = CODES.muscle;
      else if (mm <= WALL_MM + SUBCUTANEOUS_MM) slice[p] = CODES.fat;
    }
  }
}

function findMedulla(tissues: Uint8Array, sizeVoxels: GridSize, spacingMm: number): void {
  const cortex = CODES['renal-cortex'];
  const inKidney = Uint32Array.from([...tissues.keys()].filter((p) => tissues[p] === cortex));
  if (inKidney.length === 0) return;
  const marks = tissues.map((code) => Number(code !== cortex));
  const depths = nearestDistancesMm(
    { sizeVoxels, spacingMm: [spacingMm, spacingMm, spacingMm] },
    { marks, feature: 1, queries: inKidney },
  );
  inKidney.forEach((p, n) => {
    if ((depths[n] as number) > CORTEX_MM) tissues[p] = CODES['renal-medulla'];
  });
}

function medians(tissues: Uint8Array, hu: Int16Array | undefined): Float32Array {
  const out = new Float32Array(TISSUES.length).fill(Number.NaN);
  if (!hu) return out;
  const counts = new Uint32Array(TISSUES.length);
  for (const code of tissues) counts[code] = (counts[code] as number) + 1;
  const values = TISSUES.map((_, code) => new Int16Array(counts[code] as number));
  counts.fill(0);
  tissues.forEach((code, p) => {
    (values[code] as Int16Array)[counts[code] as number] = hu[p] as number;
    counts[code] = (counts[code] as number) + 1;
  });
  values.forEach((list, code) => {
    if (list.length > 0) out[code] = list.sort()[list.length >> 1] as number;
  });
  return out;
}
