/**
 * Volumes that a run is trained on → the pixels and slice distances that it has seen, which become the domain of its bundle.
 * @module
 */
import { affineSpacingMm } from '../../core/affine.ts';
import type { ModelDomain } from '../../core/model-domain.ts';
import type { GridGeometry } from '../../core/volume.ts';
import { axialView } from '../../preprocess/reorient.ts';

/** Digits of a millimetre that are kept: spacings come as float32. */
const DIGITS = 4;

/** Of one volume, seen as axial slices. */
export function domainOf(geometry: GridGeometry): ModelDomain {
  const [i, j, k] = affineSpacingMm(axialView(geometry).voxelToWorld).map((mm) => Number(mm.toFixed(DIGITS))) as [
    number,
    number,
    number,
  ];
  return { pixelMm: [Math.min(i, j), Math.max(i, j)], sliceStepMm: [k, k] };
}

/** What both have seen; undefined where neither has seen a volume. */
export function widened(a: ModelDomain | undefined, b: ModelDomain | undefined): ModelDomain | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { pixelMm: spanned(a.pixelMm, b.pixelMm), sliceStepMm: spanned(a.sliceStepMm, b.sliceStepMm) };
}

function spanned(a: readonly [number, number], b: readonly [number, number]): [number, number] {
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}
