/**
 * What of a scan is body, and not air, table or clothes.
 *
 * With a CT: what is denser than air and hangs together, without bridges as thin as one voxel (a table under the back), its
 * holes filled slice by slice. Without one: the labels of each slice in their convex hull, with a wall round it.
 * @module
 */
import type { GridSize } from './work-grid.ts';

const BODY_HU = -300;

/**
 * @param seeds - Voxels that are body for certain are not 0.
 * @returns 1 inside the body, skin included; i fastest.
 */
export function bodyOfCt(hu: Int16Array, seeds: Uint8Array, size: GridSize): Uint8Array {
  const [ni, nj, nk] = size;
  const pixels = ni * nj;
  const solid = Uint8Array.from(hu, (value, p) => Number(value > BODY_HU || seeds[p] !== 0));
  const core = erodeInSlices(solid, size);
  const body = dilateInSlices(connectedTo(core, seeds, size), solid, size);
  for (let k = 0; k < nk; k++) fillHoles(body.subarray(k * pixels, (k + 1) * pixels), ni, nj);
  return body;
}

/** Mask without the voxels that touch the outside in their slice by an edge. */
function erodeInSlices(mask: Uint8Array, [ni, nj, nk]: GridSize): Uint8Array {
  const out = new Uint8Array(mask.length);
  for (let k = 0; k < nk; k++)
    for (let j = 1; j + 1 < nj; j++)
      for (let i = 1, p = (k * nj + j) * ni + 1; i + 1 < ni; i++, p++)
        out[p] = Number(mask[p] && mask[p - 1] && mask[p + 1] && mask[p - ni] && mask[p + ni]);
  return out;
}

/** Mask and what touches it in its slice, as far as it lies in `within`. */
function dilateInSlices(mask: Uint8Array, within: Uint8Array, [ni, nj, nk]: GridSize): Uint8Array {
  const out = mask.slice();
  for (let k = 0; k < nk; k++)
    for (let j = 1; j + 1 < nj; j++)
      for (let i = 1, p = (k * nj + j) * ni + 1; i + 1 < ni; i++, p++)
        if (within[p] && (mask[p - 1] || mask[p + 1] || mask[p - ni] || mask[p + ni])) out[p] = 1;
  return out;
}

/** The part of a mask that hangs together with voxels of it that are seeds. */
function connectedTo(mask: Uint8Array, seeds: Uint8Array, [ni, nj, nk]: GridSize): Uint8Array {
  const out = new Uint8Array(mask.length);
  const stack = new Int32Array(mask.length);
  let top = 0;
  const visit = (p: number): void => {
    if (mask[p] === 0 || out[p] === 1) return;
    out[p] = 1;
    stack[top++] = p;
  };
  seeds.forEach((seed, p) => {
    if (seed !== 0) visit(p);
  });
  while (top > 0) {
    const p = stack[--top] as number;
    const i = p % ni;
    const row = (p - i) / ni;
    const j = row % nj;
    const k = (row - j) / nj;
    if (i > 0) visit(p - 1);
    if (i + 1 < ni) visit(p + 1);
    if (j > 0) visit(p - ni);
    if (j + 1 < nj) visit(p + ni);
    if (k > 0) visit(p - ni * nj);
    if (k + 1 < nk) visit(p + ni * nj);
  }
  return out;
}

/** Sets what cannot be reached from the slice's edge. */
function fillHoles(slice: Uint8Array, ni: number, nj: number): void {
  const outside = new Uint8Array(slice.length);
  const stack: number[] = [];
  const visit = (p: number): void => {
    if (slice[p] !== 0 || outside[p] === 1) return;
    outside[p] = 1;
    stack.push(p);
  };
  for (let i = 0; i < ni; i++) {
    visit(i);
    visit((nj - 1) * ni + i);
  }
  for (let j = 0; j < nj; j++) {
    visit(j * ni);
    visit(j * ni + ni - 1);
  }
  for (let p = stack.pop(); p !== undefined; p = stack.pop()) {
    const i = p % ni;
    if (i > 0) visit(p - 1);
    if (i + 1 < ni) visit(p + 1);
    if (p >= ni) visit(p - ni);
    if (p + ni < slice.length) visit(p + ni);
  }
  for (let p = 0; p < slice.length; p++) if (outside[p] === 0) slice[p] = 1;
}
