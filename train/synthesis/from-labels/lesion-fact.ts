/**
 * What was grown in an anatomy, for statistics and for `phantoms.json`.
 * @module
 */
import type { Place, Scene } from './grow-solid.ts';

export interface LesionFact {
  readonly kind: 'liver-lesion' | 'kidney-lesion' | 'kidney-cyst';
  /** As drawn; the organ's border may cut it. */
  readonly radiusMm: number;
  /** In the world of the volume. */
  readonly centreMm: Place;
  /** As it was when it had grown: a later one may cover a part. */
  readonly volumeMl: number;
}

export function lesionMl({ grid: { spacingMm } }: Scene, voxels: number): number {
  return (voxels * spacingMm[0] * spacingMm[1] * spacingMm[2]) / 1000;
}
