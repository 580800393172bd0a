/**
 * What a study is before it is scanned: a way to paint its planes, a scanner, and what the truth makes of painted labels.
 * @module
 */
import type { Acquisition } from './acquisition.ts';
import type { PaintedSlice, SlicePlane } from './canvas.ts';
import type { LesionFact } from './lesion-fact.ts';
import type { ContrastPhase } from './tissue.ts';

export interface Study {
  /** Without a table there is none in the picture. */
  readonly acquisition: Omit<Acquisition, 'table'> & Partial<Pick<Acquisition, 'table'>>;
  readonly paint: (plane: SlicePlane, zMm: number) => PaintedSlice;
  /** Painted label → label of the truth; what is not named is background. */
  readonly truth: ReadonlyMap<number, number>;
  readonly facts: { readonly phase?: ContrastPhase; readonly lesions: readonly LesionFact[] };
}
