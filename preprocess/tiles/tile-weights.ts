/**
 * What each voxel of a tile counts where tiles overlap: the same everywhere, or less towards the edges, where a network sees
 * less of what surrounds a voxel.
 *
 * Sources: nnU-Net's `compute_gaussian` (a bell round voxel ⌊size / 2⌋, σ = size / 8); MONAI's `compute_importance_map` (round
 * the middle, and nothing counts less than a floor).
 * @module
 */
import type { TileWeight } from '../../core/tile-stage.ts';
import type { Triple } from './oriented-grid.ts';

/** @returns weights above 0, at most 1, the third axis fastest. */
export function tileWeights([planes, rows, columns]: Triple, weight: TileWeight): Float32Array {
  const weights = new Float32Array(planes * rows * columns);
  if (weight.kind === 'constant') return weights.fill(1);
  const bell = (size: number): Float64Array => {
    const centre = weight.centre === 'middle' ? (size - 1) / 2 : Math.floor(size / 2);
    const sigma = size * weight.sigmaFraction;
    return Float64Array.from({ length: size }, (_, at) => Math.exp(-((at - centre) ** 2) / (2 * sigma ** 2)));
  };
  const [a, b, c] = [bell(planes), bell(rows), bell(columns)];
  let p = 0;
  // float32's smallest normal number: what rounds to 0 would leave a voxel of one tile alone without a value.
  const least = Math.max(weight.floor, 2 ** -126);
  for (const first of a) for (const second of b) for (const third of c) weights[p++] = Math.max(first * second * third, least);
  return weights;
}
