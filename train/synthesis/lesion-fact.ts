/**
 * What was put into a phantom, for its facts and for statistics.
 * @module
 */
import type { Vector3 } from '../../core/affine.ts';

export interface LesionFact {
  readonly kind: 'tumour' | 'cyst';
  /** Of a kidney's lesion. */
  readonly side?: 'right' | 'left';
  readonly radiusMm: number;
  /** In the body's coordinates. */
  readonly centreMm: Vector3;
}
