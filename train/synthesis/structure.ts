/**
 * A structure of the phantom: a solid with its Hounsfield units and its label in the truth.
 * @module
 */
import type { Shape } from './shapes.ts';

/** Labels that structures paint; which of them a study's truth keeps, and as what, says the study. */
export const PAINTED_LABELS = {
  background: 0,
  kidney: 1,
  kidneyTumour: 2,
  liver: 3,
  liverLesion: 4,
  brainTumour: 5,
  lung: 6,
  /** Muscle and bone. */
  wall: 7,
  vessel: 8,
  /** Stomach and bowel with what is in them, gallbladder, pancreas. */
  gut: 9,
  spleen: 10,
} as const;

/** HU at a point inside; `depthMm` is the distance to the surface, positive inwards. */
export type HuInside = (xMm: number, yMm: number, zMm: number, depthMm: number) => number;

export interface Structure {
  readonly shape: Shape;
  readonly hu: number | HuInside;
  /** One of `PAINTED_LABELS`. What a structure covers loses the label that it had; it keeps it for `kept`. */
  readonly label?: number | 'kept';
  /** Amplitude of the uneven texture inside, HU. */
  readonly textureHu?: number;
  /** How far the surface is roughened, mm. */
  readonly roughnessMm?: number;
  /** Cut off where the abdominal cavity ends (wall and diaphragm). */
  readonly insideAbdomen?: boolean;
}
