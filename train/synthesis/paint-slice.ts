/**
 * Paints one axial plane of an anatomy: HU with partial volume at the edges, and the truth.
 * @module
 */
import type { Anatomy } from './anatomy.ts';
import { diaphragmHeight, distanceToCavity, distanceToSkin, huOfTrunk } from './body.ts';
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
  /** Truth, i fastest. */
  readonly labels: Uint8Array;
}

const AIR_HU = -1000;
/** Amplitude of the warp in the plane and along the body, mm. */
const WARP_MM = [4.5, 4.5, 5] as const;
/** Coarse steps for fields of 75, 14 and 7 mm wavelength at about 0.8 mm a pixel. */
const STEP_PIXELS = { warp: 16, roughness: 3, texture: 2 } as const;
/** The cavity's distance is kept this far from organs: a film of fat between them and the wall, mm. */
const WALL_FILM_MM = 1.5;

/** @param zMm - Height of the plane in the body's coordinates. */
export function paintSlice(anatomy: Anatomy, plane: SlicePlane, zMm: number): PaintedSlice {
  const { body, tissues, structures, fields } = anatomy;
  const [nx, ny] = plane.sizePixels;
  const count = nx * ny;
  const warp = fields.warp.map((field) => sampleFieldOnSlice(field, plane, zMm, STEP_PIXELS.warp)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const roughness = sampleFieldOnSlice(fields.roughness, plane, zMm, STEP_PIXELS.roughness);
  const texture = sampleFieldOnSlice(fields.texture, plane, zMm, STEP_PIXELS.texture);
  const xs = new Float32Array(count);
  const ys = new Float32Array(count);
  const zs = new Float32Array(count);
  const abdomen = new Float32Array(count);
  const hu = new Float32Array(count);
  const labels = new Uint8Array(count);
  const edge = (plane.spacingMm[0] + plane.spacingMm[1]) / 2;
  for (let j = 0, p = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++, p++) {
      const x = plane.originMm[0] + i * plane.spacingMm[0] + WARP_MM[0] * (warp[0][p] as number);
      const y = plane.originMm[1] + j * plane.spacingMm[1] + WARP_MM[1] * (warp[1][p] as number);
      const z = zMm + WARP_MM[2] * (warp[2][p] as number);
      xs[p] = x;
      ys[p] = y;
      zs[p] = z;
      const skin = distanceToSkin(body, x, y);
      if (skin > edge) {
        hu[p] = AIR_HU;
        abdomen[p] = 1000;
        continue;
      }
      const cavity = distanceToCavity(body, skin) + WALL_FILM_MM;
      abdomen[p] = cavity > 0 ? cavity : Math.max(cavity, z - diaphragmHeight(body, x, y));
      const inside = skin <= 0 ? 1 : 1 - skin / edge;
      const value = huOfTrunk(body, tissues, x, y, z, Math.min(skin, -1e-3)) + 6 * (texture[p] as number);
      hu[p] = AIR_HU + (value - AIR_HU) * inside;
    }
  }
  for (const structure of structures) paintStructure(structure);
  return { hu, labels };

  function paintStructure({ shape, hu: value, label = 0, textureHu = 0, roughnessMm = 0, insideAbdomen = false }: Structure): void {
    // The warp moves a point by at most about three of its standard deviations.
    const slack = 3.2 * Math.max(...WARP_MM) + 3 * roughnessMm + edge;
    if (zMm < shape.low[2] - slack || zMm > shape.high[2] + slack) return;
    const i0 = Math.max(0, Math.floor((shape.low[0] - slack - plane.originMm[0]) / plane.spacingMm[0]));
    const i1 = Math.min(nx - 1, Math.ceil((shape.high[0] + slack - plane.originMm[0]) / plane.spacingMm[0]));
    const j0 = Math.max(0, Math.floor((shape.low[1] - slack - plane.originMm[1]) / plane.spacingMm[1]));
    const j1 = Math.min(ny - 1, Math.ceil((shape.high[1] + slack - plane.originMm[1]) / plane.spacingMm[1]));
    const half = edge / 2;
    for (let j = j0; j <= j1; j++) {
      for (let i = i0; i <= i1; i++) {
        const p = j * nx + i;
        if ((abdomen[p] as number) > 900) continue;
        const x = xs[p] as number;
        const y = ys[p] as number;
        const z = zs[p] as number;
        let distance = shape.distance(x, y, z) + roughnessMm * (roughness[p] as number);
        if (insideAbdomen && (abdomen[p] as number) > distance) distance = abdomen[p] as number;
        if (distance >= half) continue;
        const cover = distance <= -half ? 1 : 0.5 - distance / edge;
        const own = (typeof value === 'number' ? value : value(x, y, z, -distance)) + textureHu * (texture[p] as number);
        hu[p] = (hu[p] as number) + (own - (hu[p] as number)) * cover;
        if (cover > 0.5) labels[p] = label;
      }
    }
  }
}
