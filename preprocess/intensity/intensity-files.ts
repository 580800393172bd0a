/**
 * An {@link Intensity} ↔ the files a training run keeps it in: facts as JSON, as the manifest has them; beside them the two
 * slices of `feature-wise` as float32 little endian.
 *
 * Training writes them and export reads them, both through here.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { parseStageIntensity } from '../../core/stage-intensity.ts';
import { describeIntensity, type Intensity } from './intensity.ts';

/** Names of the files in a stage's folder; the slices are there for `feature-wise` alone. */
export const INTENSITY_FILES = { facts: 'intensity.json', mean: 'mean.f32', standardDeviation: 'std.f32' } as const;

/** Contents of the files. */
export interface IntensityFiles {
  readonly facts: Uint8Array;
  readonly slices?: { readonly mean: Uint8Array; readonly standardDeviation: Uint8Array };
}

export function encodeIntensity(intensity: Intensity): IntensityFiles {
  const facts = new TextEncoder().encode(`${JSON.stringify(describeIntensity(intensity), null, 2)}\n`);
  if (intensity.scheme !== 'feature-wise') return { facts };
  const { mean, standardDeviation } = intensity.statistics;
  return { facts, slices: { mean: littleEndian(mean), standardDeviation: littleEndian(standardDeviation) } };
}

/** Whether facts have slices beside them. @throws {VoxwatchError} `INVALID_ARGUMENT` for facts that cannot be read. */
export function hasSlices(facts: Uint8Array): boolean {
  return parseStageIntensity(new TextDecoder().decode(facts)).scheme === 'feature-wise';
}

/**
 * The intensity in files.
 * @param gridPixels - `[width, height]` of the stage's grid.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` where a fact is missing, a slice is not of the grid's size, or a standard
 *   deviation is below its floor.
 */
export function decodeIntensity({ facts, slices }: IntensityFiles, gridPixels: readonly [number, number]): Intensity {
  const described = parseStageIntensity(new TextDecoder().decode(facts));
  if (described.scheme !== 'feature-wise') return described;
  if (!slices) throw invalid('the slices of its feature-wise statistics are missing');
  const pixels = gridPixels[0] * gridPixels[1];
  const [mean, standardDeviation] = [floats(slices.mean), floats(slices.standardDeviation)];
  if (mean.length !== pixels || standardDeviation.length !== pixels) {
    throw invalid(`slices of ${pixels} pixels have ${mean.length} means and ${standardDeviation.length} deviations`);
  }
  // The floor may not be a float32.
  const floor = Math.fround(described.standardDeviationFloorHu);
  if (!mean.every(Number.isFinite) || !standardDeviation.every((value) => value >= floor && Number.isFinite(value))) {
    throw invalid('a mean is not finite or a standard deviation is below its floor');
  }
  const { clampHu, standardDeviationFloorHu } = described;
  const statistics = { sizePixels: gridPixels, clampHu, standardDeviationFloorHu, mean, standardDeviation };
  return { scheme: 'feature-wise', statistics };
}

function invalid(why: string): VoxwatchError {
  return new VoxwatchError('INVALID_ARGUMENT', `The intensities of this training run cannot be used: ${why}.`);
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    view.setFloat32(index * 4, value, true);
  });
  return bytes;
}

function floats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => view.getFloat32(index * 4, true));
}
