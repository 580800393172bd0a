/**
 * One axial plane while it is painted: its pixels' places in the body, their HU and labels; structures go onto it one by one.
 * @module
 */
import type { AnatomyFields } from './anatomy-fields.ts';
import { sampleFieldOnSlice } from './noise-field.ts';
import type { Structure } from './structure.ts';

/** Pixel grid of a plane: i to the patient's left, j to the back; positions in the body's coordinates. */
export interface SlicePlane {
  readonly sizePixels: readonly [i: number, j: number];
  /** Centre of pixel [0, 0], mm. */
  readonly originMm: readonly [x: number, y: number];
  readonly spacingMm: readonly [x: number, y: number];
}

export interface PaintedSlice {
  /** HU, i fastest; air outside the body. */
  readonly hu: Float32Array;
  /** `PAINTED_LABELS`, i fastest. */
  readonly labels: Uint8Array;
}

export interface Canvas extends PaintedSlice {
  readonly plane: SlicePlane;
  /** Height of the plane, mm, before the warp. */
  readonly zMm: number;
  /** Width of the transition at an edge: a pixel, mm. */
  readonly edgeMm: number;
  /** How far the warp moves a point at most, mm. */
  readonly reachMm: number;
  /** Place of each pixel in the body: bent by the warp, mm. */
  readonly xs: Float32Array;
  readonly ys: Float32Array;
  readonly zs: Float32Array;
  /** Of each pixel the distance to the abdominal cavity, mm, negative inside; {@link NOTHING_HERE} where nothing is painted. */
  readonly cavity: Float32Array;
  readonly roughness: Float32Array;
  readonly texture: Float32Array;
}

export const AIR_HU = -1000;
/** In `cavity`: outside the body. */
export const NOTHING_HERE = 1000;
/** Coarse steps for fields of 75, 14 and 7 mm wavelength at about 0.8 mm a pixel. */
const STEP_PIXELS = { warp: 16, roughness: 3, texture: 2 } as const;
/** The warp moves a point by at most about this many of its standard deviations. */
const WARP_DEVIATIONS = 3.2;

/** Writes what lies under all structures into `hu` and `cavity` of pixel `p`; both are 0 before. */
export type PaintGround = (canvas: Canvas, p: number, x: number, y: number, z: number) => void;

export function startCanvas(fields: AnatomyFields, plane: SlicePlane, zMm: number, paintGround: PaintGround): Canvas {
  const { warpMm } = fields;
  const [nx, ny] = plane.sizePixels;
  const count = nx * ny;
  const warp = fields.warp.map((field) => sampleFieldOnSlice(field, plane, zMm, STEP_PIXELS.warp)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const canvas: Canvas = {
    plane,
    zMm,
    edgeMm: (plane.spacingMm[0] + plane.spacingMm[1]) / 2,
    reachMm: WARP_DEVIATIONS * Math.max(...warpMm),
    xs: new Float32Array(count),
    ys: new Float32Array(count),
    zs: new Float32Array(count),
    cavity: new Float32Array(count),
    hu: new Float32Array(count),
    labels: new Uint8Array(count),
    roughness: sampleFieldOnSlice(fields.roughness, plane, zMm, STEP_PIXELS.roughness),
    texture: sampleFieldOnSlice(fields.texture, plane, zMm, STEP_PIXELS.texture),
  };
  for (let j = 0, p = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++, p++) {
      const x = plane.originMm[0] + i * plane.spacingMm[0] + warpMm[0] * (warp[0][p] as number);
      const y = plane.originMm[1] + j * plane.spacingMm[1] + warpMm[1] * (warp[1][p] as number);
      const z = zMm + warpMm[2] * (warp[2][p] as number);
      canvas.xs[p] = x;
      canvas.ys[p] = y;
      canvas.zs[p] = z;
      paintGround(canvas, p, x, y, z);
    }
  }
  return canvas;
}

export function paintStructure(canvas: Canvas, structure: Structure): void {
  const { plane, zMm, edgeMm, reachMm, xs, ys, zs, cavity, hu, labels, roughness, texture } = canvas;
  const { shape, hu: value, label = 0, textureHu = 0, roughnessMm = 0, insideAbdomen = false } = structure;
  const [nx, ny] = plane.sizePixels;
  const slack = reachMm + 3 * roughnessMm + edgeMm;
  if (zMm < shape.low[2] - slack || zMm > shape.high[2] + slack) return;
  const i0 = Math.max(0, Math.floor((shape.low[0] - slack - plane.originMm[0]) / plane.spacingMm[0]));
  const i1 = Math.min(nx - 1, Math.ceil((shape.high[0] + slack - plane.originMm[0]) / plane.spacingMm[0]));
  const j0 = Math.max(0, Math.floor((shape.low[1] - slack - plane.originMm[1]) / plane.spacingMm[1]));
  const j1 = Math.min(ny - 1, Math.ceil((shape.high[1] + slack - plane.originMm[1]) / plane.spacingMm[1]));
  const half = edgeMm / 2;
  for (let j = j0; j <= j1; j++) {
    for (let i = i0; i <= i1; i++) {
      const p = j * nx + i;
      if ((cavity[p] as number) === NOTHING_HERE) continue;
      const x = xs[p] as number;
      const y = ys[p] as number;
      const z = zs[p] as number;
      let distance = shape.distance(x, y, z) + roughnessMm * (roughness[p] as number);
      if (insideAbdomen && (cavity[p] as number) > distance) distance = cavity[p] as number;
      if (distance >= half) continue;
      const cover = distance <= -half ? 1 : 0.5 - distance / edgeMm;
      const own = (typeof value === 'number' ? value : value(x, y, z, -distance)) + textureHu * (texture[p] as number);
      hu[p] = (hu[p] as number) + (own - (hu[p] as number)) * cover;
      if (cover > 0.5 && label !== 'kept') labels[p] = label;
    }
  }
}
