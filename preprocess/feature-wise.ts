/**
 * Feature-wise normalisation: a slice of HU → network input, and a stream of training slices → the mean slice and the
 * standard-deviation slice that this needs.
 *
 * Source: report 003 (per-pixel mean and standard deviation over the training set, needed because of scans with
 * outliers such as −6986 … 18326 HU; here those are clamped first). `train/` and the fused ONNX graph use the same
 * numbers in the same order of operations, so their inputs are equal bit by bit.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';

/** What a stage knows about its training set, pixel by pixel. Slices are row-major: i (image column) fastest, then j. */
export interface FeatureWiseStatistics {
  /** `[width, height]` of the slices, which is the network's grid. */
  readonly sizePixels: readonly [width: number, height: number];
  /** Mean of the clamped training slices, HU; width × height numbers. */
  readonly mean: Float32Array;
  /** Their standard deviation (over the population), already raised to the floor, HU; width × height numbers > 0. */
  readonly standardDeviation: Float32Array;
  /** HU are limited to this range before anything else. */
  readonly clampHu: readonly [lowest: number, highest: number];
  /** Standard deviations below this were raised to it: where all scans show air, a voxel of noise must not shout. HU. */
  readonly standardDeviationFloorHu: number;
}

/** Running moments of a stream of slices (Welford's method, float64); filled by {@link accumulateSlice}. */
export interface FeatureWiseAccumulator {
  readonly sizePixels: readonly [width: number, height: number];
  readonly clampHu: readonly [lowest: number, highest: number];
  slices: number;
  /** Mean so far, HU. */
  readonly mean: Float64Array;
  /** Sum of squared deviations from the mean so far, HU². */
  readonly squaredDeviations: Float64Array;
}

/**
 * Network input of one slice: `(clamp(hu) − mean) / standardDeviation`, each step rounded to float32 as the graph does.
 * @param huSlice - HU on the grid of the statistics, row-major; never modified.
 * @returns width × height numbers, same order.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` if the slice has another number of pixels than the statistics.
 */
export function normalizeFeatureWise(huSlice: Int16Array | Float32Array, statistics: FeatureWiseStatistics): Float32Array {
  const { mean, standardDeviation, clampHu } = statistics;
  checkLength(huSlice.length, statistics.sizePixels);
  const [lowest, highest] = clampHu;
  const out = new Float32Array(huSlice.length);
  for (let p = 0; p < out.length; p++) {
    const hu = Math.min(highest, Math.max(lowest, huSlice[p] as number));
    out[p] = Math.fround(hu - (mean[p] as number)) / (standardDeviation[p] as number);
  }
  return out;
}

/** An accumulator that has seen nothing. */
export function startFeatureWise(
  sizePixels: readonly [width: number, height: number],
  clampHu: readonly [lowest: number, highest: number],
): FeatureWiseAccumulator {
  const pixels = sizePixels[0] * sizePixels[1];
  return { sizePixels, clampHu, slices: 0, mean: new Float64Array(pixels), squaredDeviations: new Float64Array(pixels) };
}

/**
 * Adds one training slice to an accumulator, in place.
 * @param huSlice - HU on the accumulator's grid, row-major; never modified.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` if the slice has another number of pixels.
 */
export function accumulateSlice(accumulator: FeatureWiseAccumulator, huSlice: Int16Array | Float32Array): void {
  const { mean, squaredDeviations, clampHu } = accumulator;
  checkLength(huSlice.length, accumulator.sizePixels);
  const [lowest, highest] = clampHu;
  const slices = ++accumulator.slices;
  for (let p = 0; p < mean.length; p++) {
    const hu = Math.min(highest, Math.max(lowest, huSlice[p] as number));
    const before = hu - (mean[p] as number);
    const updated = (mean[p] as number) + before / slices;
    mean[p] = updated;
    squaredDeviations[p] = (squaredDeviations[p] as number) + before * (hu - updated);
  }
}

/**
 * The statistics of all slices that an accumulator has seen.
 * @param standardDeviationFloorHu - Smallest standard deviation that is believed, HU; above 0.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` for an accumulator without slices or a floor that is not above 0.
 */
export function finishFeatureWise(accumulator: FeatureWiseAccumulator, standardDeviationFloorHu: number): FeatureWiseStatistics {
  const { slices, sizePixels, clampHu } = accumulator;
  if (slices === 0) throw new VoxwatchError('INVALID_ARGUMENT', 'Statistics need at least one slice; there was none.');
  if (!(standardDeviationFloorHu > 0)) {
    throw new VoxwatchError(
      'INVALID_ARGUMENT',
      `The floor of the standard deviation must be above 0 HU; it is ${standardDeviationFloorHu}.`,
    );
  }
  return {
    sizePixels,
    mean: Float32Array.from(accumulator.mean),
    standardDeviation: Float32Array.from(accumulator.squaredDeviations, (sum) =>
      Math.max(standardDeviationFloorHu, Math.sqrt(Math.max(0, sum) / slices)),
    ),
    clampHu,
    standardDeviationFloorHu,
  };
}

function checkLength(pixels: number, [width, height]: readonly [number, number]): void {
  if (pixels !== width * height) {
    throw new VoxwatchError(
      'INVALID_ARGUMENT',
      `A slice of ${width} × ${height} has ${width * height} pixels; this one has ${pixels}.`,
    );
  }
}
