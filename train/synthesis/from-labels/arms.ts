/**
 * Arms beside the body, where a patient could not lift them: skin and fat round muscle round a bone.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { type FieldRule, numberWithin, type Range, rangeWithin } from '../../augmentation/fields.ts';
import type { SlicePlane } from '../canvas.ts';

export interface ArmDesign {
  readonly armProbability: number;
  /** Radius of an arm. */
  readonly armMm: Range;
}

export const ARM_RULES: { readonly [K in keyof ArmDesign]: FieldRule } = {
  armProbability: numberWithin(0, 1),
  armMm: rangeWithin(5, 100),
};

/** Where the body ends in the middle slice, mm. */
export interface BodyBox {
  readonly rightMm: number;
  readonly leftMm: number;
  readonly frontMm: number;
  readonly backMm: number;
}

/** Paints arms into the air of a slice. */
export type Arms = (plane: SlicePlane, zMm: number, hu: Float32Array) => void;

const FAT_HU = -95;
const MUSCLE_HU = 55;
const BONE_HU = 600;
const MARROW_HU = 180;
/** Shares of the radius: muscle, bone, marrow. */
const MUSCLE_SHARE = 0.78;
const BONE_SHARE = 0.3;
const MARROW_SHARE = 0.18;
const AIR_BELOW_HU = -800;

export function sampleArms(random: Random, { rightMm, leftMm, frontMm, backMm }: BodyBox, design: ArmDesign): Arms {
  const sides = random.pick([[-1, 1], [-1], [1]], [0.7, 0.15, 0.15]);
  const arms = sides.map((side) => {
    const radius = random.uniform(...design.armMm);
    const gap = random.uniform(0, 12);
    return {
      radius,
      flat: random.uniform(0.8, 1.1),
      x: side < 0 ? rightMm - gap - radius : leftMm + gap + radius,
      y: frontMm + (backMm - frontMm) * random.uniform(0.45, 0.85),
      lean: random.normal(0, 0.12),
    };
  });
  return ({ sizePixels: [ni, nj], originMm, spacingMm }, zMm, hu) => {
    for (const { radius, flat, x, y, lean } of arms) {
      const y0 = y + lean * zMm;
      const [from, to] = [(x - radius - originMm[0]) / spacingMm[0], (x + radius - originMm[0]) / spacingMm[0]];
      for (let j = 0; j < nj; j++) {
        const dy = (originMm[1] + j * spacingMm[1] - y0) / (radius * flat);
        if (Math.abs(dy) > 1) continue;
        for (let i = Math.max(0, Math.ceil(from)); i <= Math.min(ni - 1, to); i++) {
          const dx = (originMm[0] + i * spacingMm[0] - x) / radius;
          const r = Math.sqrt(dx * dx + dy * dy);
          const p = j * ni + i;
          if (r > 1 || (hu[p] as number) > AIR_BELOW_HU) continue;
          hu[p] = r > MUSCLE_SHARE ? FAT_HU : r > BONE_SHARE ? MUSCLE_HU : r > MARROW_SHARE ? BONE_HU : MARROW_HU;
        }
      }
    }
  };
}
