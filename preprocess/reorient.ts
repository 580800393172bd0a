/**
 * Any voxel order → axial slices in LPS order, and back, without copying the volume.
 *
 * Networks and pictures want axial slices with the patient's right on the left and the front at the top; inputs come in
 * 48 voxel orders. A view holds an offset and three strides into the native array and reads or writes boxes of slices.
 * Oblique volumes are viewed along the voxel axes nearest to the patient's: nothing is interpolated.
 * @module
 */
import {
  type Affine,
  affineColumn,
  affineFromColumns,
  applyAffine,
  dominantWorldAxes,
  scale,
  type Vector3,
} from '../core/affine.ts';
import { type CropBox, insideSlice } from '../core/crop-box.ts';
import type { GridGeometry } from '../core/volume.ts';

/** Where an axis of the view lies in the native grid. */
export interface ViewAxis {
  readonly nativeAxis: 0 | 1 | 2;
  /** Whether the native index falls while the view's rises. */
  readonly isFlipped: boolean;
}

/** Axial slices of a native grid: i rises to the patient's left, j to the back, k to the head. */
export interface AxialView {
  readonly native: GridGeometry;
  /** Size of the view along its own axes. */
  readonly sizeVoxels: readonly [i: number, j: number, k: number];
  /** View index → world mm (LPS). */
  readonly voxelToWorld: Affine;
  /** Native axis behind each axis of the view. */
  readonly axes: readonly [i: ViewAxis, j: ViewAxis, k: ViewAxis];
  /** Native array index of view voxel [0, 0, 0], and the native steps of one voxel along i, j, k. */
  readonly offset: number;
  readonly strides: readonly [i: number, j: number, k: number];
}

/** Views a grid as axial LPS slices. */
export function axialView(native: GridGeometry): AxialView {
  const { sizeVoxels, voxelToWorld } = native;
  const nativeStrides = [1, sizeVoxels[0], sizeVoxels[0] * sizeVoxels[1]] as const;
  const dominant = dominantWorldAxes(voxelToWorld);
  const viewAxis = (world: 0 | 1 | 2): ViewAxis => {
    const nativeAxis = dominant.findIndex(({ axis }) => axis === world) as 0 | 1 | 2;
    return { nativeAxis, isFlipped: dominant[nativeAxis]?.sign === -1 };
  };
  const axes = [viewAxis(0), viewAxis(1), viewAxis(2)] as const;
  const first: [number, number, number] = [0, 0, 0];
  for (const { nativeAxis, isFlipped } of axes) if (isFlipped) first[nativeAxis] = sizeVoxels[nativeAxis] - 1;
  const size = ({ nativeAxis }: ViewAxis): number => sizeVoxels[nativeAxis];
  const stride = ({ nativeAxis, isFlipped }: ViewAxis): number => (isFlipped ? -1 : 1) * nativeStrides[nativeAxis];
  const column = ({ nativeAxis, isFlipped }: ViewAxis): Vector3 =>
    scale(affineColumn(voxelToWorld, nativeAxis), isFlipped ? -1 : 1);
  const [i, j, k] = axes;
  return {
    native,
    axes,
    sizeVoxels: [size(i), size(j), size(k)],
    voxelToWorld: affineFromColumns(column(i), column(j), column(k), applyAffine(voxelToWorld, first)),
    offset: first[0] + first[1] * nativeStrides[1] + first[2] * nativeStrides[2],
    strides: [stride(i), stride(j), stride(k)],
  };
}

/** The box of a whole slice of the view. */
export function wholeSlice({ sizeVoxels: [width, height] }: AxialView): CropBox {
  return { start: [0, 0], sizePixels: [width, height] };
}

/**
 * One whole axial slice of a native array, row by row, i fastest; not to be modified.
 * @returns a part of the array itself where it holds the slice just so, else a copy.
 */
export function axialSlice<T extends Int16Array | Uint8Array>(view: AxialView, source: T, k: number): T {
  const [width, height] = view.sizeVoxels;
  if (view.strides[0] === 1 && view.strides[1] === width) {
    const start = nativeIndex(view, 0, 0, k);
    return source.subarray(start, start + width * height) as T;
  }
  const slice = source.slice(0, width * height) as T;
  readBoxInto(view, source, { k, box: wholeSlice(view), padding: 0 }, slice);
  return slice;
}

/**
 * Copies a box of one axial slice out of a native array.
 * @param source - Native array, `offset + i·strides[0] + …`.
 * @param k - Slice of the view.
 * @param box - May leave the slice.
 * @param padding - Value of pixels outside the slice.
 * @param into - Filled row by row, i fastest; at least as long as the box has pixels.
 */
export function readBoxInto<T extends Int16Array | Uint8Array>(
  view: AxialView,
  source: T,
  { k, box, padding }: { readonly k: number; readonly box: CropBox; readonly padding: number },
  into: T,
): void {
  const [boxWidth, boxHeight] = box.sizePixels;
  const inside = insideSlice(box, [view.sizeVoxels[0], view.sizeVoxels[1]]);
  const [width, height] = inside.sizePixels;
  if (width < boxWidth || height < boxHeight) into.fill(padding, 0, boxWidth * boxHeight);
  if (width === 0) return;
  const stepI = view.strides[0];
  if (areRowsWhole(view, box, inside)) {
    const start = nativeIndex(view, 0, inside.start[1], k);
    into.set(source.subarray(start, start + width * height), (inside.start[1] - box.start[1]) * boxWidth);
    return;
  }
  for (let row = 0; row < height; row++) {
    let from = nativeIndex(view, inside.start[0], inside.start[1] + row, k);
    let to = (inside.start[1] + row - box.start[1]) * boxWidth + inside.start[0] - box.start[0];
    if (stepI === 1) {
      into.set(source.subarray(from, from + width), to);
      continue;
    }
    for (let column = 0; column < width; column++, from += stepI) into[to++] = source[from] as number;
  }
}

/**
 * Copies a box back into one axial slice of a native array; the inverse of {@link readBoxInto}. What lies outside the
 * slice is dropped.
 * @param values - Row by row, i fastest.
 */
export function writeBoxInto<T extends Int16Array | Uint8Array>(
  view: AxialView,
  values: T,
  { k, box }: { readonly k: number; readonly box: CropBox },
  into: T,
): void {
  const inside = insideSlice(box, [view.sizeVoxels[0], view.sizeVoxels[1]]);
  const [width, height] = inside.sizePixels;
  if (width === 0) return;
  const stepI = view.strides[0];
  for (let row = 0; row < height; row++) {
    let to = nativeIndex(view, inside.start[0], inside.start[1] + row, k);
    let from = (inside.start[1] + row - box.start[1]) * box.sizePixels[0] + inside.start[0] - box.start[0];
    if (stepI === 1) {
      into.set(values.subarray(from, from + width), to);
      continue;
    }
    for (let column = 0; column < width; column++, to += stepI) into[to] = values[from++] as number;
  }
}

/** Whether a box is made of whole rows that follow each other in the native array too: then they are one piece. */
function areRowsWhole({ strides, sizeVoxels }: AxialView, box: CropBox, inside: CropBox): boolean {
  const [width] = sizeVoxels;
  return strides[0] === 1 && strides[1] === width && inside.sizePixels[0] === width && box.sizePixels[0] === width;
}

function nativeIndex({ offset, strides }: AxialView, i: number, j: number, k: number): number {
  return offset + i * strides[0] + j * strides[1] + k * strides[2];
}
