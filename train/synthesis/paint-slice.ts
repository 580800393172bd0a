/**
 * Paints one axial plane of the trunk: HU with partial volume at the edges, and labels.
 * @module
 */
import type { Anatomy } from './anatomy.ts';
import { diaphragmHeight, distanceToCavity, distanceToSkin, huOfTrunk, labelOfTrunk } from './body.ts';
import { AIR_HU, type Canvas, NOTHING_HERE, type PaintedSlice, paintStructure, type SlicePlane, startCanvas } from './canvas.ts';

/** The cavity's distance is kept this far from organs: a film of fat between them and the wall, mm. */
const WALL_FILM_MM = 1.5;
const TEXTURE_HU = 6;

/** @param zMm - Height of the plane in the body's coordinates. */
export function paintSlice({ body, tissues, structures, fields }: Anatomy, plane: SlicePlane, zMm: number): PaintedSlice {
  const canvas = startCanvas(fields, plane, zMm, paintTrunk);
  for (const structure of structures) paintStructure(canvas, structure);
  return canvas;

  function paintTrunk({ hu, labels, cavity, texture, edgeMm }: Canvas, p: number, x: number, y: number, z: number): void {
    const skin = distanceToSkin(body, x, y);
    if (skin > edgeMm) {
      hu[p] = AIR_HU;
      cavity[p] = NOTHING_HERE;
      return;
    }
    const own = distanceToCavity(body, skin) + WALL_FILM_MM;
    cavity[p] = own > 0 ? own : Math.max(own, z - diaphragmHeight(body, x, y));
    const inside = skin <= 0 ? 1 : 1 - skin / edgeMm;
    const value = huOfTrunk(body, tissues, x, y, z, Math.min(skin, -1e-3)) + TEXTURE_HU * (texture[p] as number);
    hu[p] = AIR_HU + (value - AIR_HU) * inside;
    labels[p] = labelOfTrunk(body, x, y, z, skin);
  }
}
