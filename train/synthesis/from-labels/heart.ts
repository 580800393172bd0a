/**
 * A heart on the dome of the diaphragm: an ellipsoid with its muscle, two halves of blood and a layer of fat.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { type FieldRule, type Range, rangeWithin } from '../../augmentation/fields.ts';
import { CODES } from './tissues.ts';

/** Half axes of the heart, mm. */
export interface HeartDesign {
  readonly heartAcrossMm: Range;
  readonly heartDeepMm: Range;
  readonly heartTallMm: Range;
}

export const HEART_RULES: { readonly [K in keyof HeartDesign]: FieldRule } = {
  heartAcrossMm: rangeWithin(5, 200),
  heartDeepMm: rangeWithin(5, 200),
  heartTallMm: rangeWithin(5, 200),
};

/** Where the chest cavity lies in the topmost slice of a scan. */
export interface ChestPlace {
  /** Signed distance from the cavity's hull, pixels, negative inside. */
  readonly hull: Float32Array;
  readonly size: readonly [number, number];
  readonly spacingMm: number;
}

/** The code of a tissue of the heart, or nothing beside it; i and j in pixels, the height above the cut in mm. */
export type Heart = (i: number, j: number, heightMm: number) => number | undefined;

const MUSCLE_MM = 10;
const FAT_MM = 5;
/** The heart stays this far from the wall of the chest, mm. */
const WALL_FILM_MM = 5;

export function sampleHeart(random: Random, design: HeartDesign, { hull, size: [ni], spacingMm }: ChestPlace): Heart {
  const across = random.uniform(...design.heartAcrossMm);
  const deep = random.uniform(...design.heartDeepMm);
  const tall = random.uniform(...design.heartTallMm);
  const { middle, front } = extentOf(hull, ni);
  // To the left of the middle, behind the sternum, the lower third sunk between the domes.
  const centreI = middle + random.uniform(12, 32) / spacingMm;
  const centreJ = front + (deep + random.uniform(4, 20)) / spacingMm;
  const centreMm = tall * random.uniform(0.35, 0.85);
  const turn = random.uniform(0.3, 0.8);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const septum = random.uniform(-0.15, 0.15);
  return (i, j, heightMm) => {
    if ((hull[Math.round(j) * ni + Math.round(i)] as number) * spacingMm > -WALL_FILM_MM) return undefined;
    const dx = (i - centreI) * spacingMm;
    const dy = (j - centreJ) * spacingMm;
    // The long axis points to the left and to the front.
    const u = (cos * dx - sin * dy) / across;
    const v = (sin * dx + cos * dy) / deep;
    const w = (heightMm - centreMm) / tall;
    const r = Math.sqrt(u * u + v * v + w * w);
    const inside = (1 - r) * Math.min(across, deep, tall);
    if (inside < -FAT_MM) return undefined;
    if (inside < 0) return CODES.fat;
    // Thick muscle round the left half only, and the septum between the halves.
    const isLeft = u + 0.3 * v > septum;
    const wall = isLeft ? MUSCLE_MM : MUSCLE_MM / 3;
    const isSeptum = Math.abs(u + 0.3 * v - septum) * across < MUSCLE_MM / 2;
    return inside < wall || isSeptum ? CODES.myocardium : CODES.heart;
  };
}

function extentOf(hull: Float32Array, ni: number): { readonly middle: number; readonly front: number } {
  let [sum, count, front] = [0, 0, Number.POSITIVE_INFINITY];
  hull.forEach((distance, p) => {
    if (distance > 0) return;
    sum += p % ni;
    count++;
    front = Math.min(front, Math.floor(p / ni));
  });
  return { middle: sum / count, front };
}
