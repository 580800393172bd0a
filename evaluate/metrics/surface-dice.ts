/**
 * Both masks of a region → share of their surfaces that lies within a tolerance of the other surface.
 *
 * As deepmind's surface-distance, which KiTS scores with (Nikolov et al. 2021): surface elements sit on the corners
 * between voxels and weigh by their area; distances run between corners that carry an element.
 * @module
 */
import { type DistanceGrid, nearestDistancesMm } from '../../core/distance-transform.ts';
import { IN_PREDICTION, IN_TRUTH, type MarkedBox } from './region-pair.ts';
import { ALL_INSIDE, surfaceElementAreasMm2 } from './surface-elements.ts';

/** Bits 0, 2, 4, 6 of a byte, moved together. */
const EVEN_BITS = Uint8Array.from({ length: 256 }, (_, x) => (x & 1) | ((x >> 1) & 2) | ((x >> 2) & 4) | ((x >> 3) & 8));

/** Surface elements of one mask: corners by array index, and their areas. */
interface Elements {
  readonly corners: number[];
  readonly areasMm2: number[];
}

/**
 * Surface Dice of two masks, neither empty.
 * @param grid - Of the box with its margin.
 * @param toleranceMm - Distances up to and with this count as agreement.
 */
export function surfaceDice(box: MarkedBox, grid: DistanceGrid, toleranceMm: number): number {
  const { marks, truth, prediction } = surfaceElements(box, grid);
  const corners = cornerGrid(grid);
  let [within, whole] = [0, 0];
  for (const [elements, feature] of [
    [truth, IN_PREDICTION],
    [prediction, IN_TRUTH],
  ] as const) {
    const distances = nearestDistancesMm(corners, { marks, feature, queries: Uint32Array.from(elements.corners) });
    for (let n = 0; n < distances.length; n++) {
      const area = elements.areasMm2[n] as number;
      whole += area;
      if ((distances[n] as number) <= toleranceMm) within += area;
    }
  }
  return within / whole;
}

/** Corners lie midway between voxel centres: one fewer along each axis. */
function cornerGrid({ sizeVoxels: [ni, nj, nk], spacingMm, slicePositionsMm: z }: DistanceGrid): DistanceGrid {
  return {
    sizeVoxels: [ni - 1, nj - 1, nk - 1],
    spacingMm,
    ...(z
      ? { slicePositionsMm: Float64Array.from({ length: nk - 1 }, (_, k) => ((z[k] as number) + (z[k + 1] as number)) / 2) }
      : {}),
  };
}

function surfaceElements(
  { marks, sizeVoxels: [ni, nj, nk] }: MarkedBox,
  { spacingMm, slicePositionsMm: z }: DistanceGrid,
): { readonly marks: Uint8Array; readonly truth: Elements; readonly prediction: Elements } {
  const corners = new Uint8Array((ni - 1) * (nj - 1) * (nk - 1));
  const truth: Elements = { corners: [], areasMm2: [] };
  const prediction: Elements = { corners: [], areasMm2: [] };
  const add = (elements: Elements, corner: number, area: number): void => {
    elements.corners.push(corner);
    elements.areasMm2.push(area);
  };
  let areas = surfaceElementAreasMm2(spacingMm);
  const slice = ni * nj;
  for (let k = 0, corner = 0; k < nk - 1; k++) {
    if (z) areas = surfaceElementAreasMm2([spacingMm[0], spacingMm[1], (z[k + 1] as number) - (z[k] as number)]);
    for (let j = 0; j < nj - 1; j++) {
      let before = fourMarks(marks, j * ni + k * slice, ni, slice);
      for (let p = j * ni + k * slice + 1, end = p + ni - 1; p < end; p++, corner++) {
        const after = fourMarks(marks, p, ni, slice);
        if (before !== after || (before !== 0 && before !== 255)) {
          const inTruth = (EVEN_BITS[before] as number) | ((EVEN_BITS[after] as number) << 4);
          const inPrediction = (EVEN_BITS[before >> 1] as number) | ((EVEN_BITS[after >> 1] as number) << 4);
          if (inTruth !== 0 && inTruth !== ALL_INSIDE) {
            corners[corner] = IN_TRUTH;
            add(truth, corner, areas[inTruth] as number);
          }
          if (inPrediction !== 0 && inPrediction !== ALL_INSIDE) {
            corners[corner] = (corners[corner] as number) | IN_PREDICTION;
            add(prediction, corner, areas[inPrediction] as number);
          }
        }
        before = after;
      }
    }
  }
  return { marks: corners, truth, prediction };
}

/** The marks of four voxels of equal i, two bits each: j and k, then one more along j, then along k, then both. */
function fourMarks(marks: Uint8Array, p: number, ni: number, slice: number): number {
  return (
    (marks[p] as number) |
    ((marks[p + ni] as number) << 2) |
    ((marks[p + slice] as number) << 4) |
    ((marks[p + slice + ni] as number) << 6)
  );
}
