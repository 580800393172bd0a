/**
 * A template whose scan ends below the domes of the diaphragm → one with a chest on top.
 *
 * Liver, spleen and stomach are closed off as domes; over them lie lung with vessels and a heart. The wall and the spine are
 * those below the cut, mirrored, so that ribs go on as ribs.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { type FieldRule, numberWithin } from '../../augmentation/fields.ts';
import { createSmoothField } from '../noise-field.ts';
import { DOME_RULES, DOME_TISSUES, type DomeDesign, domeHeights } from './domes.ts';
import { HEART_RULES, type HeartDesign, sampleHeart } from './heart.ts';
import { distanceToHull } from './label-hull.ts';
import type { Template } from './template.ts';
import { CODES, membership } from './tissues.ts';

export interface ChestDesign extends DomeDesign, HeartDesign {
  readonly probability: number;
  /** How far the chest reaches above the cut. */
  readonly heightMm: number;
}

export const CHEST: ChestDesign = {
  probability: 1,
  heightMm: 102,
  liverMm: [24, 72],
  spleenMm: [9, 36],
  stomachMm: [9, 48],
  heartAcrossMm: [45, 72],
  heartDeepMm: [39, 57],
  heartTallMm: [42, 66],
};

export const CHEST_RULES: { readonly [K in keyof ChestDesign]: FieldRule } = {
  probability: numberWithin(0, 1),
  heightMm: numberWithin(3, 300),
  ...DOME_RULES,
  ...HEART_RULES,
};

/** A cut is one of the liver where it shows this much of it, mm². */
const LEAST_CUT_MM2 = 500;
/** HU of what is built into a real CT without contrast, and their grain. */
const BUILT_HU: Readonly<Record<number, number>> = {
  [CODES.lung]: -830,
  [CODES.fat]: -100,
  [CODES.myocardium]: 45,
  [CODES.heart]: 40,
};
const VESSEL_HU = 40;
const GRAIN_HU = 14;
/** Vessels of the lung run where two fields of this wavelength are both this near to zero. */
const VESSEL_WAVELENGTH_MM = 26;
const VESSEL_WIDTH = 0.3;

const IS_DOME = membership(DOME_TISSUES);
const IN_CAVITY = membership([...DOME_TISSUES, 'lung', 'gas', 'gallbladder', 'pancreas']);
/** What goes up through the cavity from below the cut. */
const IS_COLUMN = membership(['bone', 'cartilage', 'muscle', 'artery', 'nerve']);
const IS_WALL = membership(['air', 'fat', 'soft-tissue', 'muscle', 'bone', 'cartilage', 'nerve']);

/** @returns the template itself where its top does not cut the liver. */
export function extendChest(random: Random, template: Template, design: ChestDesign): Template {
  const { sizeVoxels, spacingMm, tissues, hu } = template;
  const [ni, nj, nk] = sizeVoxels;
  const pixels = ni * nj;
  const top = (nk - 1) * pixels;
  const cut = tissues.subarray(top);
  const liver = cut.reduce((count, code) => count + Number(code === CODES.liver), 0);
  if (liver * spacingMm ** 2 < LEAST_CUT_MM2 || !random.chance(design.probability)) return template;
  const hull = distanceToHull(
    cut.map((code) => IN_CAVITY[code] as number),
    [ni, nj],
  );
  const place = { hull, size: [ni, nj], spacingMm } as const;
  const reach = domeHeights(random.fork('domes'), cut, place, design);
  const heart = sampleHeart(random.fork('heart'), design, place);
  const built = buildHu(random, template);
  const added = Math.round(design.heightMm / spacingMm);
  const outTissues = extended(tissues, added * pixels);
  const outHu = hu && extended(hu, added * pixels);
  for (let m = 0; m < added; m++) {
    const height = (m + 0.5) * spacingMm;
    const mirror = Math.max(0, nk - 2 - m) * pixels;
    for (let p = 0; p < pixels; p++) {
      const to = (nk + m) * pixels + p;
      const here = cut[p] as number;
      let code: number;
      let from = mirror + p;
      if ((hull[p] as number) > 0 || IS_COLUMN[here]) {
        // The aorta goes straight on, whatever lies in its way below.
        const mirrored = tissues[from] as number;
        const isThere = here === CODES.artery ? mirrored === here : IS_WALL[mirrored] === 1;
        if (!isThere) from = top + p;
        code = IS_DOME[tissues[from] as number] ? CODES.lung : (tissues[from] as number);
      } else {
        const i = p % ni;
        code = IS_DOME[here] && height < (reach[p] as number) ? here : (heart(i, (p - i) / ni, height) ?? CODES.lung);
      }
      outTissues[to] = code;
      // The real CT where it shows this tissue there, else what is built.
      if (hu && outHu) outHu[to] = tissues[from] === code ? (hu[from] as number) : built(code, p, height);
    }
  }
  // What only the chest has, a later shift of contrast must know too.
  const medianHu = template.medianHu.map((median, code) => (Number.isNaN(median) ? (BUILT_HU[code] ?? median) : median));
  return { ...template, sizeVoxels: [ni, nj, nk + added], tissues: outTissues, medianHu, ...(outHu ? { hu: outHu } : {}) };
}

/** HU of built voxels: by tissue, with grain; lung with its vessels. */
function buildHu(random: Random, { sizeVoxels: [ni], spacingMm, medianHu }: Template) {
  const first = createSmoothField(random.fork('vessels 1'), VESSEL_WAVELENGTH_MM);
  const second = createSmoothField(random.fork('vessels 2'), VESSEL_WAVELENGTH_MM);
  const grain = random.fork('grain');
  return (code: number, p: number, heightMm: number): number => {
    let mean = BUILT_HU[code] ?? (medianHu[code] as number);
    if (code === CODES.lung) {
      const [x, y] = [(p % ni) * spacingMm, Math.floor(p / ni) * spacingMm];
      const off = (first(x, y, heightMm) ** 2 + second(x, y, heightMm) ** 2) / VESSEL_WIDTH ** 2;
      if (off < 1) mean += (VESSEL_HU - mean) * (1 - off);
    }
    return Math.round(mean + grain.normal(0, GRAIN_HU));
  };
}

function extended<T extends Uint8Array | Int16Array>(values: T, by: number): T {
  const out = new (values.constructor as new (length: number) => T)(values.length + by);
  out.set(values);
  return out;
}
