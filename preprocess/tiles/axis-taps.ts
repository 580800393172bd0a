/**
 * Interpolation along one axis: for each wanted place the voxels to add up, and their weights.
 *
 * Beyond the ends the outer voxel goes on (SciPy's `nearest`). Cubic is the interpolating cubic B-spline that SciPy and
 * scikit-image call order 3: its prefilter is folded into the weights, cut off where it falls below 1e-9, so that a voxel
 * depends on its neighbourhood alone and planes can be made one after the other.
 * Source: Unser, "Splines: a perfect fit", IEEE Signal Processing Magazine 16(6), 1999, eq. 9 and the table of poles.
 * @module
 */
import type { Interpolation } from '../../core/tile-stage.ts';

/** The voxels that one place takes from: `first`, `first + 1`, … with these weights, which add up to 1. */
export interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Pole of the cubic spline's prefilter. */
const POLE = Math.sqrt(3) - 2;
/** Voxels on either side after which the prefilter is cut off: |pole|^16 = 7e-10. */
const REACH = 16;

/**
 * @param places - In voxels, 0 = the first centre.
 * @param sizeVoxels - Of what is taken from.
 * @returns taps inside it, one a place.
 */
export function axisTaps(places: Float64Array, sizeVoxels: number, interpolation: Interpolation): readonly Taps[] {
  return Array.from(places, (place) => insideTaps(tapsAt(place, sizeVoxels, interpolation), sizeVoxels));
}

/** Whether taps take each voxel as it is. */
export function isIdentity(taps: readonly Taps[], sizeVoxels: number): boolean {
  return taps.length === sizeVoxels && taps.every(({ first, weights }, index) => first === index && weights.length === 1);
}

function tapsAt(place: number, sizeVoxels: number, interpolation: Interpolation): Taps {
  if (interpolation === 'nearest') return { first: Math.floor(place + 0.5), weights: Float64Array.of(1) };
  if (Number.isInteger(place)) return { first: place, weights: Float64Array.of(1) };
  if (interpolation === 'cubic') return cubicTaps(place);
  const inside = Math.min(Math.max(place, 0), sizeVoxels - 1);
  const first = Math.floor(inside);
  return { first, weights: Float64Array.of(1 - (inside - first), inside - first) };
}

/** The spline's four basis weights at a place, each spread over the samples that its coefficient is made of. */
function cubicTaps(place: number): Taps {
  const floor = Math.floor(place);
  const t = place - floor;
  const basis = [(1 - t) ** 3, 4 - 6 * t * t + 3 * t ** 3, 4 - 6 * (1 - t) ** 2 + 3 * (1 - t) ** 3, t ** 3];
  const weights = new Float64Array(4 + 2 * REACH);
  basis.forEach((sixth, n) => {
    for (let away = -REACH; away <= REACH; away++) {
      // The inverse of the filter [1, 4, 1] / 6.
      const at = n + away + REACH;
      weights[at] = (weights[at] as number) + (sixth / 6) * Math.sqrt(3) * POLE ** Math.abs(away);
    }
  });
  return { first: floor - 1 - REACH, weights };
}

/** Taps beyond the ends become more of the outer voxel. */
function insideTaps({ first, weights }: Taps, sizeVoxels: number): Taps {
  const clamp = (index: number): number => Math.min(Math.max(index, 0), sizeVoxels - 1);
  const [lowest, highest] = [clamp(first), clamp(first + weights.length - 1)];
  if (lowest === first && highest === first + weights.length - 1) return { first, weights };
  const inside = new Float64Array(highest - lowest + 1);
  weights.forEach((weight, n) => {
    const at = clamp(first + n) - lowest;
    inside[at] = (inside[at] as number) + weight;
  });
  return { first: lowest, weights: inside };
}
