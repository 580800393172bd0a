/**
 * Feature-wise statistics ↔ the files a training run keeps them in: facts as JSON, two slices as float32 little endian.
 *
 * Training writes them and export reads them, both through here.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import type { FeatureWiseStatistics } from './feature-wise.ts';

/** Names of the files in a stage's folder. */
export const STATISTICS_FILES = { facts: 'statistics.json', mean: 'mean.f32', standardDeviation: 'std.f32' } as const;

/** Contents of the three files. */
export interface StatisticsFiles {
  readonly facts: Uint8Array;
  readonly mean: Uint8Array;
  readonly standardDeviation: Uint8Array;
}

/** The files of statistics. */
export function encodeStatistics(statistics: FeatureWiseStatistics): StatisticsFiles {
  const { sizePixels, clampHu, standardDeviationFloorHu, mean, standardDeviation } = statistics;
  const facts = JSON.stringify({ sizePixels, clampHu, standardDeviationFloorHu }, null, 2);
  return {
    facts: new TextEncoder().encode(`${facts}\n`),
    mean: littleEndian(mean),
    standardDeviation: littleEndian(standardDeviation),
  };
}

/**
 * The statistics in files.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` where a fact is missing, a slice has another size than its facts say, or a
 *   standard deviation is below its floor.
 */
export function decodeStatistics(files: StatisticsFiles): FeatureWiseStatistics {
  const facts = parseFacts(new TextDecoder().decode(files.facts));
  const pixels = facts.sizePixels[0] * facts.sizePixels[1];
  const [mean, standardDeviation] = [floats(files.mean), floats(files.standardDeviation)];
  if (mean.length !== pixels || standardDeviation.length !== pixels) {
    throw invalid(`slices of ${pixels} pixels have ${mean.length} means and ${standardDeviation.length} deviations`);
  }
  // The floor may not be a float32.
  const floor = Math.fround(facts.standardDeviationFloorHu);
  if (!mean.every(Number.isFinite) || !standardDeviation.every((value) => value >= floor && Number.isFinite(value))) {
    throw invalid('a mean is not finite or a standard deviation is below its floor');
  }
  return { ...facts, mean, standardDeviation };
}

function parseFacts(json: string): Pick<FeatureWiseStatistics, 'sizePixels' | 'clampHu' | 'standardDeviationFloorHu'> {
  let value: { sizePixels?: unknown; clampHu?: unknown; standardDeviationFloorHu?: unknown };
  try {
    value = JSON.parse(json) ?? {};
  } catch {
    throw invalid('they are not JSON');
  }
  const { sizePixels, clampHu, standardDeviationFloorHu } = value;
  if (!isPair(sizePixels) || !sizePixels.every((size) => Number.isInteger(size) && size > 0))
    throw invalid('sizePixels is not a size');
  if (!isPair(clampHu) || !(clampHu[0] < clampHu[1])) throw invalid('clampHu is not a range');
  if (typeof standardDeviationFloorHu !== 'number' || !(standardDeviationFloorHu > 0))
    throw invalid('standardDeviationFloorHu is not above 0');
  return { sizePixels, clampHu, standardDeviationFloorHu };
}

function isPair(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((number) => typeof number === 'number');
}

function invalid(why: string): VoxwatchError {
  return new VoxwatchError('INVALID_ARGUMENT', `The statistics of this training run cannot be used: ${why}.`);
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setFloat32(index * 4, value, true));
  return bytes;
}

function floats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => view.getFloat32(index * 4, true));
}
