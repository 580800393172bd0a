/**
 * HU → one channel of a network made elsewhere, as `core/tile-intensity.ts` says it.
 * @module
 */
import type { TileIntensity } from '../../core/tile-intensity.ts';

/** `(clamp(hu, lowest, highest) − shift) · factor + base`, then clamped to `[least, most]`. */
export interface LinearIntensity {
  readonly lowestHu: number;
  readonly highestHu: number;
  readonly shiftHu: number;
  readonly factor: number;
  readonly base: number;
  readonly least: number;
  readonly most: number;
}

const UNBOUNDED = { lowestHu: -Infinity, highestHu: Infinity, least: -Infinity, most: Infinity } as const;

/** Below this a standard deviation counts as this: a volume of one value becomes 0 (nnU-Net's rule). */
const SMALLEST_DEVIATION = 1e-8;

/**
 * What a scheme comes down to in a scan.
 * @param hu - All voxels of the scan, for schemes that ask for figures of the volume.
 */
export function linearIntensity(intensity: TileIntensity, hu: Int16Array): LinearIntensity {
  switch (intensity.scheme) {
    case 'as-stored':
      return { ...UNBOUNDED, shiftHu: 0, factor: 1, base: 0 };
    case 'window':
      return ranged(intensity.rangeHu, intensity);
    case 'percentiles':
      return ranged(percentileRange(hu, intensity.percentiles), intensity);
    case 'standardise': {
      const { meanHu, standardDeviationHu } = intensity;
      return { ...clampOf(intensity), shiftHu: meanHu, factor: 1 / standardDeviationHu, base: 0 };
    }
    case 'volume-standardise': {
      const clamped = clampOf(intensity);
      const { mean, deviation } = momentsOf(hu, clamped);
      return { ...clamped, shiftHu: mean, factor: 1 / Math.max(deviation, SMALLEST_DEVIATION), base: 0 };
    }
  }
}

/** Applies it to values in HU, in place. */
export function applyIntensityInPlace(values: Float32Array, intensity: LinearIntensity): void {
  const { lowestHu, highestHu, shiftHu, factor, base, least, most } = intensity;
  for (let p = 0; p < values.length; p++) {
    const clamped = Math.min(Math.max(values[p] as number, lowestHu), highestHu);
    values[p] = Math.min(Math.max((clamped - shiftHu) * factor + base, least), most);
  }
}

function clampOf({ clampHu }: { readonly clampHu?: readonly [number, number] | undefined }) {
  return { ...UNBOUNDED, ...(clampHu ? { lowestHu: clampHu[0], highestHu: clampHu[1] } : {}) };
}

/** A range of HU → a range of numbers; MONAI's rule where the range is empty: everything becomes the lower number. */
function ranged(
  [low, high]: readonly [number, number],
  { to: [a, b], clips }: { readonly to: readonly [number, number]; readonly clips: boolean },
): LinearIntensity {
  const factor = high > low ? (b - a) / (high - low) : 0;
  return { ...UNBOUNDED, shiftHu: low, factor, base: a, ...(clips ? { least: a, most: b } : {}) };
}

/** How often each HU occurs; place 0 is −32768. */
function histogramOf(hu: Int16Array): Float64Array {
  const counts = new Float64Array(65_536);
  for (let p = 0; p < hu.length; p++) {
    const at = (hu[p] as number) + 32_768;
    counts[at] = (counts[at] as number) + 1;
  }
  return counts;
}

/** Percentiles with linear interpolation between ranks, as NumPy's default has them. */
function percentileRange(hu: Int16Array, percentiles: readonly [number, number]): readonly [number, number] {
  const counts = histogramOf(hu);
  const atRank = (rank: number): number => {
    let seen = 0;
    for (let at = 0; at < counts.length; at++) {
      seen += counts[at] as number;
      if (seen > rank) return at - 32_768;
    }
    return 32_767;
  };
  const valueAt = (percentile: number): number => {
    const rank = (percentile / 100) * (hu.length - 1);
    const [below, above] = [atRank(Math.floor(rank)), atRank(Math.ceil(rank))];
    return below + (above - below) * (rank - Math.floor(rank));
  };
  return [valueAt(percentiles[0]), valueAt(percentiles[1])];
}

/** Mean and standard deviation of all voxels after the clamp. */
function momentsOf(hu: Int16Array, { lowestHu, highestHu }: Pick<LinearIntensity, 'lowestHu' | 'highestHu'>) {
  const counts = histogramOf(hu);
  const valueOf = (at: number): number => Math.min(Math.max(at - 32_768, lowestHu), highestHu);
  const mean = counts.reduce((sum, count, at) => sum + count * valueOf(at), 0) / hu.length;
  const squares = counts.reduce((sum, count, at) => sum + count * (valueOf(at) - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / hu.length) };
}
