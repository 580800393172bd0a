/** The chest on top of a scan that cuts the liver. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../core/random.ts';
import { CHEST, extendChest } from '../../../../train/synthesis/from-labels/extend-chest.ts';
import type { Template } from '../../../../train/synthesis/from-labels/template.ts';
import { CODES, type Tissue } from '../../../../train/synthesis/from-labels/tissues.ts';
import { bodyTemplate, SIZE } from './labelled-body.ts';

const TEMPLATE = bodyTemplate();
const PIXELS = SIZE[0] * SIZE[1];

function inSlice({ tissues }: Template, k: number, tissue: Tissue): number {
  return tissues.subarray(k * PIXELS, (k + 1) * PIXELS).reduce((count, code) => count + Number(code === CODES[tissue]), 0);
}

describe('a chest', () => {
  const design = { ...CHEST, liverMm: [48, 48] as const };
  const whole = extendChest(createRandom(1, 'chest'), TEMPLATE, design);

  it('leaves what the scan shows as it was', () => {
    expect(whole.sizeVoxels).toEqual([SIZE[0], SIZE[1], SIZE[2] + 17]);
    expect(TEMPLATE.tissues.every((code, p) => whole.tissues[p] === code)).toBe(true);
    expect(TEMPLATE.hu?.every((hu, p) => whole.hu?.[p] === hu)).toBe(true);
  });

  it('closes the liver off as a dome: less in each slice, none above its height', () => {
    const areas = Array.from({ length: 17 }, (_, m) => inSlice(whole, SIZE[2] + m, 'liver'));
    expect(areas[0]).toBeGreaterThan(0.9 * inSlice(TEMPLATE, SIZE[2] - 1, 'liver'));
    for (const [m, area] of areas.entries())
      expect(area, `slice ${m}`).toBeLessThanOrEqual(areas[m - 1] ?? Number.POSITIVE_INFINITY);
    expect(areas[6]).toBeGreaterThan(0);
    expect(areas.slice(8).every((area) => area === 0)).toBe(true);
    // Half an ellipsoid holds two thirds of the prism over its base; the cut is an ellipse, not a circle.
    const share = areas.reduce((sum, area) => sum + area, 0) / (8 * inSlice(TEMPLATE, SIZE[2] - 1, 'liver'));
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.8);
  });

  it('has lung and a heart over it, the spine and the aorta through it, and their HU', () => {
    const tissues: readonly Tissue[] = ['lung', 'heart', 'myocardium', 'bone', 'artery', 'fat'];
    for (const tissue of tissues) expect(inSlice(whole, SIZE[2] + 8, tissue), tissue).toBeGreaterThan(5);
    const lung = [...whole.tissues.keys()].filter((p) => p >= TEMPLATE.tissues.length && whole.tissues[p] === CODES.lung);
    const mean = lung.reduce((sum, p) => sum + (whole.hu?.[p] as number), 0) / lung.length;
    expect(mean).toBeGreaterThan(-860);
    expect(mean).toBeLessThan(-700);
    expect(whole.medianHu[CODES.heart]).toBe(40);
  });

  it('is not built where the scan does not cut the liver, or where it is not asked for', () => {
    const below: Template = { ...TEMPLATE, sizeVoxels: [SIZE[0], SIZE[1], 12], tissues: TEMPLATE.tissues.slice(0, 12 * PIXELS) };
    expect(extendChest(createRandom(1, 'chest'), below, design)).toBe(below);
    expect(extendChest(createRandom(1, 'chest'), TEMPLATE, { ...design, probability: 0 })).toBe(TEMPLATE);
  });
});
