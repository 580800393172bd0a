/**
 * A template seen through a bend, on the grid of a scan: tissues by vote of the eight voxels round a place, HU between them.
 * @module
 */
import type { Bend } from './bend.ts';
import type { Template } from './template.ts';
import { CODES } from './tissues.ts';
import type { GridSize } from './work-grid.ts';

/** Voxels of a scan, in mm from the middle of the anatomy: x to the patient's left, y to the back, z to the head. */
export interface ScanGrid {
  readonly sizeVoxels: GridSize;
  /** Centre of voxel [0, 0, 0]. */
  readonly originMm: readonly [x: number, y: number, z: number];
  readonly spacingMm: readonly [x: number, y: number, z: number];
}

export interface BentTemplate {
  /** Tissue codes, i fastest. */
  readonly tissues: Uint8Array;
  /** The real CT; empty where the template has none. */
  readonly hu: Float32Array;
}

/** Distance of the nodes on which the bend is computed, mm: half the reach of the smallest swelling. */
const NODE_MM = 10;
const AIR_HU = -1000;

export function resampleTemplate(template: Template, bend: Bend, grid: ScanGrid): BentTemplate {
  const [ni, nj, nk] = grid.sizeVoxels;
  const [ti, tj, tk] = template.sizeVoxels;
  const source = template.tissues;
  const hu = template.hu;
  const tissues = new Uint8Array(ni * nj * nk);
  const outHu = new Float32Array(hu ? tissues.length : 0);
  const nodes = computeNodes(template, bend, grid);
  const row = new Float32Array(3 * nodes.size[0]);
  const steps = [1, ti, ti * tj] as const;
  const corners = Int32Array.from({ length: 8 }, (_, n) => (n & 1) * steps[0] + ((n >> 1) & 1) * steps[1] + (n >> 2) * steps[2]);
  const weights = new Float32Array(8);
  for (let k = 0, p = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      nodes.interpolateRow(j, k, row);
      for (let i = 0; i < ni; i++, p++) {
        const u = i * nodes.perVoxel[0];
        const n = Math.floor(u);
        const f = u - n;
        const q = 3 * n;
        const x = (row[q] as number) * (1 - f) + (row[q + 3] as number) * f;
        const y = (row[q + 1] as number) * (1 - f) + (row[q + 4] as number) * f;
        let z = (row[q + 2] as number) * (1 - f) + (row[q + 5] as number) * f;
        if (!(x >= 0 && y >= 0 && x < ti - 1 && y < tj - 1)) {
          if (hu) outHu[p] = AIR_HU;
          continue;
        }
        // Below and above the template its last slice goes on: tilted scans look a little beyond it.
        z = z < 0 ? 0 : Math.min(z, tk - 1.001);
        const [x0, y0, z0] = [Math.floor(x), Math.floor(y), Math.floor(z)];
        const [fx, fy, fz] = [x - x0, y - y0, z - z0];
        const from = x0 + ti * (y0 + tj * z0);
        const c00 = (1 - fy) * (1 - fz);
        const c10 = fy * (1 - fz);
        const c01 = (1 - fy) * fz;
        const c11 = fy * fz;
        weights[0] = (1 - fx) * c00;
        weights[1] = fx * c00;
        weights[2] = (1 - fx) * c10;
        weights[3] = fx * c10;
        weights[4] = (1 - fx) * c01;
        weights[5] = fx * c01;
        weights[6] = (1 - fx) * c11;
        weights[7] = fx * c11;
        tissues[p] = vote(source, from, corners, weights);
        if (hu) {
          let sum = 0;
          for (let c = 0; c < 8; c++) sum += (weights[c] as number) * (hu[from + (corners[c] as number)] as number);
          outHu[p] = sum;
        }
      }
    }
  }
  return { tissues, hu: outHu };
}

/** The code with the largest weight among eight voxels. */
function vote(source: Uint8Array, from: number, corners: Int32Array, weights: Float32Array): number {
  const first = source[from] as number;
  let isUniform = true;
  for (let c = 1; c < 8 && isUniform; c++) isUniform = source[from + (corners[c] as number)] === first;
  if (isUniform) return first;
  let best: number = CODES.air;
  let most = -1;
  for (let c = 0; c < 8; c++) {
    const code = source[from + (corners[c] as number)] as number;
    let sum = 0;
    for (let d = 0; d < 8; d++) if (source[from + (corners[d] as number)] === code) sum += weights[d] as number;
    if (sum > most) {
      most = sum;
      best = code;
    }
  }
  return best;
}

interface Nodes {
  readonly size: GridSize;
  /** Nodes a voxel along each axis. */
  readonly perVoxel: readonly [number, number, number];
  /** Places of the nodes of a row of voxels, x, y, z in turn, in voxels of the template. */
  interpolateRow(j: number, k: number, into: Float32Array): void;
}

function computeNodes({ sizeVoxels, spacingMm }: Template, bend: Bend, grid: ScanGrid): Nodes {
  const perVoxel = grid.spacingMm.map((mm) => mm / NODE_MM) as [number, number, number];
  const size = grid.sizeVoxels.map((n, axis) => Math.floor((n - 1) * (perVoxel[axis] as number)) + 2) as [number, number, number];
  const places = new Float32Array(3 * size[0] * size[1] * size[2]);
  const at = new Float64Array(3);
  const [x0, y0, z0] = grid.originMm;
  let q = 0;
  for (let k = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++)
      for (let i = 0; i < size[0]; i++) {
        bend(x0 + i * NODE_MM, y0 + j * NODE_MM, z0 + k * NODE_MM, at);
        for (let axis = 0; axis < 3; axis++)
          places[q++] = (at[axis] as number) / spacingMm + ((sizeVoxels[axis] as number) - 1) / 2;
      }
  const line = 3 * size[0];
  return {
    size,
    perVoxel,
    interpolateRow(j, k, into) {
      const [v, w] = [j * perVoxel[1], k * perVoxel[2]];
      const [j0, k0] = [Math.floor(v), Math.floor(w)];
      const [fj, fk] = [v - j0, w - k0];
      const a = (k0 * size[1] + j0) * line;
      const b = a + size[1] * line;
      for (let n = 0; n < line; n++) {
        const low = (places[a + n] as number) * (1 - fj) + (places[a + line + n] as number) * fj;
        const high = (places[b + n] as number) * (1 - fj) + (places[b + line + n] as number) * fj;
        into[n] = low * (1 - fk) + high * fk;
      }
    },
  };
}
