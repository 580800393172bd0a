/**
 * A structure of the phantom: a solid with its Hounsfield units and its label in the truth.
 * @module
 */
import type { Shape } from './shapes.ts';

/** Labels of the truth: the KiTS19 convention (background, kidney with its cysts, tumour). */
export const TRUTH_LABELS = { background: 0, kidney: 1, tumour: 2 } as const;

/** HU at a point inside; `depthMm` is the distance to the surface, positive inwards. */
export type HuInside = (xMm: number, yMm: number, zMm: number, depthMm: number) => number;

export interface Structure {
  readonly shape: Shape;
  readonly hu: number | HuInside;
  /** Value in the truth; what a structure covers loses the label that it had. */
  readonly label?: number;
  /** Amplitude of the uneven texture inside, HU. */
  readonly textureHu?: number;
  /** How far the surface is roughened, mm. */
  readonly roughnessMm?: number;
  /** Cut off where the abdominal cavity ends (wall and diaphragm). */
  readonly insideAbdomen?: boolean;
}
