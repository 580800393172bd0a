/**
 * A predicted and a true label map of one study → every score of every region.
 *
 * The only door to `evaluate/metrics/`: pure functions over typed arrays, no files, no clock, so that a worker thread can
 * run them. A region is a set of labels scored as one mask, such as kidney with its masses.
 * @module
 */

import type { DistanceGrid } from '../core/distance-transform.ts';
import { VoxwatchError } from '../core/errors.ts';
import type { GridGeometry, LabelMap } from '../core/volume.ts';
import { type BorderDistances, borderDistances } from './metrics/border-distances.ts';
import { checkGrids } from './metrics/check-grids.ts';
import { scoreLesions } from './metrics/lesions.ts';
import { overlapScores } from './metrics/overlap.ts';
import { compareRegions, cropLabels, cutRegion, type MarkedBox, type RegionPair, type VoxelBox } from './metrics/region-pair.ts';
import type { CaseScores, Definitions, LesionScores, Region, RegionScores, Score, ScoreOptions } from './metrics/scores.ts';
import { type MeasuringAxes, measuringAxes, positionsWithMargin } from './metrics/spacing.ts';
import { surfaceDice } from './metrics/surface-dice.ts';

export { OFFICIAL_OPTIONS } from './metrics/challenges.ts';
export type {
  CaseScores,
  Definitions,
  FalseLesion,
  LesionDetection,
  LesionScores,
  Overlap,
  Region,
  RegionScores,
  Score,
  ScoreOptions,
  TruthLesion,
} from './metrics/scores.ts';

/**
 * Scores one study.
 *
 * Under `corrected` a map that does not lie on the other's grid is refused, and volumes and distances follow the true
 * slice positions, which either map may bring. Under the official definitions only the sizes must agree.
 * @throws {VoxwatchError} `GEOMETRY_MISMATCH` if the two maps lie on different grids; `INVALID_ARGUMENT` for options that
 *   do not fit together.
 */
export function scoreCase(prediction: LabelMap, truth: LabelMap, options: ScoreOptions): CaseScores {
  checkOptions(options);
  checkGrids(prediction.geometry, truth.geometry, options.definitions);
  const geometry = measuredGeometry(prediction.geometry, truth.geometry, options.definitions);
  const axes = measuringAxes(geometry);
  const pairs = compareRegions(prediction.labels, truth.labels, { geometry, regions: options.regions });
  const maps = { prediction: prediction.labels, truth: truth.labels, geometry, axes };
  return {
    regions: options.regions.map((region, r) => scoreRegion(maps, { pair: pairs[r] as RegionPair, region, options })),
    distances: axes.isSheared ? 'sheared' : 'exact',
  };
}

interface Maps {
  readonly prediction: Uint8Array;
  readonly truth: Uint8Array;
  readonly geometry: GridGeometry;
  readonly axes: MeasuringAxes;
}

function checkOptions({ regions, surfaceToleranceMm, lesions }: ScoreOptions): void {
  const names = regions.map(({ name }) => name);
  const refuse = (message: string): never => {
    throw new VoxwatchError('INVALID_ARGUMENT', message);
  };
  if (new Set(names).size !== names.length) refuse('Each region that is scored needs a name of its own.');
  for (const { name, labels } of regions) {
    if (labels.length === 0 || labels.some((label) => !Number.isInteger(label) || label < 1 || label > 255)) {
      refuse(`The region ${name} needs labels, whole numbers from 1 to 255.`);
    }
  }
  for (const name of [...Object.keys(surfaceToleranceMm), ...lesions]) {
    if (!names.includes(name)) refuse(`There is no region ${name} among those that are scored.`);
  }
  for (const [name, toleranceMm] of Object.entries(surfaceToleranceMm)) {
    if (!(toleranceMm >= 0)) refuse(`The surface tolerance of ${name} must be a number of mm from 0 on.`);
  }
}

/** The grid that is measured on. KiTS23 takes the spacing of the prediction's file, right or wrong; the others the truth's. */
function measuredGeometry(prediction: GridGeometry, truth: GridGeometry, definitions: Definitions): GridGeometry {
  if (definitions === 'kits23') return prediction;
  const slicePositionsMm = truth.slicePositionsMm ?? prediction.slicePositionsMm;
  return slicePositionsMm && definitions === 'corrected' ? { ...truth, slicePositionsMm } : truth;
}

function scoreRegion(
  maps: Maps,
  { pair, region, options }: { readonly pair: RegionPair; readonly region: Region; readonly options: ScoreOptions },
): RegionScores {
  const { overlap, truthMl, predictedMl, box } = pair;
  const toleranceMm = options.surfaceToleranceMm[region.name];
  return {
    region: region.name,
    overlap,
    truthMl,
    predictedMl,
    ...overlapScores(pair, options.definitions),
    ...surfaceScores(maps, { pair, region, toleranceMm, definitions: options.definitions }),
    ...(options.lesions.includes(region.name) ? { lesions: lesionScores(maps, region, box) } : {}),
  };
}

type SurfaceScores = Readonly<Record<keyof BorderDistances | 'surfaceDice', Score>>;

function surfaceScores(
  { prediction, truth, geometry, axes }: Maps,
  {
    pair: { overlap, box },
    region,
    toleranceMm,
    definitions,
  }: {
    readonly pair: RegionPair;
    readonly region: Region;
    readonly toleranceMm: number | undefined;
    readonly definitions: Definitions;
  },
): SurfaceScores {
  const truthIsEmpty = overlap.truePositive + overlap.falseNegative === 0;
  const predictionIsEmpty = overlap.truePositive + overlap.falsePositive === 0;
  if (!box || truthIsEmpty || predictionIsEmpty) {
    // A defect of LiTS: a lesion that was not found at all has the distances of a perfect one.
    const distance = definitions === 'lits' ? 0 : undefined;
    const agreement = truthIsEmpty && predictionIsEmpty ? 1 : 0;
    return {
      assdMm: distance,
      rmsdMm: undefined,
      hd95Mm: undefined,
      mssdMm: distance,
      surfaceDice: toleranceMm === undefined ? undefined : agreement,
    };
  }
  const marked = cutRegion(prediction, truth, { size: geometry.sizeVoxels, box, region });
  const grid: DistanceGrid = {
    sizeVoxels: marked.sizeVoxels,
    spacingMm: axes.spacingMm,
    ...(axes.slicePositionsMm ? { slicePositionsMm: positionsWithMargin(axes.slicePositionsMm, box.first[2], box.end[2]) } : {}),
  };
  const distances = borderDistances(marked, grid, 'face');
  return {
    ...distances,
    ...(definitions === 'lits' ? averagesOfLits(marked, grid) : {}),
    surfaceDice: toleranceMm === undefined ? undefined : surfaceDice(marked, grid, toleranceMm),
  };
}

/** LiTS measures its averages with `surface.py`, its maximum with medpy, whose border is thinner. */
function averagesOfLits(marked: MarkedBox, grid: DistanceGrid): Pick<BorderDistances, 'assdMm' | 'rmsdMm'> {
  const { assdMm, rmsdMm } = borderDistances(marked, grid, 'face-or-edge');
  return { assdMm, rmsdMm };
}

function lesionScores({ prediction, truth, geometry }: Maps, region: Region, box: VoxelBox | undefined): LesionScores {
  const part = box ?? { first: [0, 0, 0], end: [1, 1, 1] };
  const sizeVoxels = [0, 1, 2].map((axis) => (part.end[axis] as number) - (part.first[axis] as number)) as [number, number, number];
  return scoreLesions(cropLabels(prediction, geometry.sizeVoxels, part), cropLabels(truth, geometry.sizeVoxels, part), {
    geometry: {
      sizeVoxels,
      // Lesions have volumes and diameters, no places: the part need not lie where it does.
      voxelToWorld: geometry.voxelToWorld,
      ...(geometry.slicePositionsMm ? { slicePositionsMm: geometry.slicePositionsMm.slice(part.first[2], part.end[2]) } : {}),
    },
    region,
  });
}
