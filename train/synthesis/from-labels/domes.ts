/**
 * Organs that the top of a scan cuts → where they go on above it: as domes.
 *
 * At height h a dome of height H keeps the pixels of the cut that lie deeper in the organ than D(1 − √(1 − (h/H)²)), where D
 * is its deepest: over a round cut that is half an ellipsoid.
 * @module
 */
import { nearestDistancesMm } from '../../../core/distance-transform.ts';
import type { Random } from '../../../core/random.ts';
import { type FieldRule, type Range, rangeWithin } from '../../augmentation/fields.ts';
import { CODES, TISSUES, type Tissue } from './tissues.ts';

/** Heights of the domes above the cut, mm. */
export interface DomeDesign {
  readonly liverMm: Range;
  readonly spleenMm: Range;
  readonly stomachMm: Range;
}

export const DOME_RULES: { readonly [K in keyof DomeDesign]: FieldRule } = {
  liverMm: rangeWithin(1, 200),
  spleenMm: rangeWithin(1, 200),
  stomachMm: rangeWithin(1, 200),
};

/** Tissues that close off together. */
const GROUPS: Readonly<Record<keyof DomeDesign, readonly Tissue[]>> = {
  liverMm: ['liver', 'liver-lesion'],
  spleenMm: ['spleen'],
  stomachMm: ['stomach', 'bowel', 'gut-gas'],
};

export const DOME_TISSUES: readonly Tissue[] = Object.values(GROUPS).flat();

/**
 * @param cut - Tissue codes of the topmost slice.
 * @returns for each pixel, how far above the cut its organ reaches there, mm; 0 for pixels of other tissues.
 */
export function domeHeights(
  random: Random,
  cut: Uint8Array,
  { size: [ni, nj], spacingMm }: { readonly size: readonly [number, number]; readonly spacingMm: number },
  design: DomeDesign,
): Float32Array {
  const out = new Float32Array(cut.length);
  for (const name of Object.keys(GROUPS) as (keyof DomeDesign)[]) {
    const height = random.fork(name).uniform(...design[name]);
    const member = new Uint8Array(TISSUES.length);
    for (const tissue of GROUPS[name]) member[CODES[tissue]] = 1;
    const queries = Uint32Array.from([...cut.keys()].filter((p) => member[cut[p] as number] === 1));
    const marks = cut.map((code) => 1 - (member[code] as number));
    const grid = { sizeVoxels: [ni, nj, 1] as const, spacingMm: [spacingMm, spacingMm, 1] as const };
    const depths = nearestDistancesMm(grid, { marks, feature: 1, queries });
    const deepest = depths.reduce((most, depth) => Math.max(most, depth), 0);
    // The rule of the dome, solved for the height at which a pixel's depth is passed.
    queries.forEach((p, n) => {
      const share = 1 - Math.min(1, (depths[n] as number) / deepest);
      out[p] = height * Math.sqrt(1 - share * share);
    });
  }
  return out;
}
