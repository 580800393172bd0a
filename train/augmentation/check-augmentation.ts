/**
 * Whether a list is an augmentation that can be applied: what a recipe states, and what `--set` or a JSON file made of it.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { type Augmentation, isAffineMove, type Transform } from './augmentation.ts';
import { DRAWN_LESIONS_RULES } from './drawn-lesions.ts';
import { ELASTIC_RULES, type Elastic, MOST_DISPLACEMENT } from './elastic.ts';
import { type FieldRule, type FieldRules, numberWithin } from './fields.ts';
import { FLIP_RULES } from './flip.ts';
import { GAMMA_RULES } from './gamma.ts';
import { GAUSSIAN_BLUR_RULES } from './gaussian-blur.ts';
import { GAUSSIAN_NOISE_RULES } from './gaussian-noise.ts';
import { INTENSITY_RULES } from './intensity.ts';
import { PERLIN_NOISE_RULES } from './perlin-noise.ts';
import { ROTATION_RULES } from './rotation.ts';
import { SHEAR_RULES } from './shear.ts';
import { SHIFT_RULES } from './shift.ts';
import { WINDOW_RULES } from './window.ts';
import { ZOOM_RULES } from './zoom.ts';

const RULES: { readonly [K in Transform['kind']]: FieldRules<Extract<Transform, { readonly kind: K }>> } = {
  flip: FLIP_RULES,
  rotation: ROTATION_RULES,
  zoom: ZOOM_RULES,
  shear: SHEAR_RULES,
  shift: SHIFT_RULES,
  elastic: ELASTIC_RULES,
  'drawn-lesions': DRAWN_LESIONS_RULES,
  'gaussian-blur': GAUSSIAN_BLUR_RULES,
  intensity: INTENSITY_RULES,
  gamma: GAMMA_RULES,
  window: WINDOW_RULES,
  'gaussian-noise': GAUSSIAN_NOISE_RULES,
  'perlin-noise': PERLIN_NOISE_RULES,
};

/** What every transform has. */
const COMMON_RULES = { probability: numberWithin(0, 1) };

/**
 * @param value - Of any kind: a parsed JSON document, say.
 * @throws {VoxwatchError} `USAGE`, naming the transform and the field and what it must be.
 */
export function checkAugmentation(value: unknown): asserts value is Augmentation {
  if (!Array.isArray(value)) throw wrong('An augmentation is a list of transforms.');
  value.forEach(checkTransform);
  checkOrder(value);
}

function checkTransform(value: unknown, position: number): void {
  const fields: Readonly<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {};
  const { kind, ...rest } = fields;
  const known = Object.keys(RULES);
  if (typeof kind !== 'string' || !known.includes(kind)) {
    throw wrong(`Transform ${position} of the augmentation has no kind that is known; there are: ${known.join(', ')}.`);
  }
  const rules: Readonly<Record<string, FieldRule>> = { ...COMMON_RULES, ...RULES[kind as Transform['kind']] };
  const name = `Transform ${position} of the augmentation (${kind})`;
  for (const field of Object.keys(rest)) {
    if (!Object.hasOwn(rules, field)) throw wrong(`${name} has no such field; it has: ${Object.keys(rules).join(', ')}.`);
  }
  for (const [field, rule] of Object.entries(rules)) {
    const expected = rule(rest[field]);
    if (expected !== undefined) throw wrong(`${name}: ${field} must be ${expected}.`);
  }
}

function checkOrder(augmentation: Augmentation): void {
  const ranks = augmentation.map(rankOf);
  if (ranks.some((rank, n) => rank < (ranks[n - 1] ?? 0)))
    throw wrong(
      'An augmentation has its affine moves first, then an elastic one, then lesions that are drawn, then what changes values: a slice is resampled once.',
    );
  const [elastic, another] = augmentation.filter((transform): transform is Elastic => transform.kind === 'elastic');
  if (another) throw wrong('An augmentation has at most one elastic move.');
  if (elastic && elastic.displacementPixels[1] > elastic.smoothnessPixels[0] * MOST_DISPLACEMENT)
    throw wrong(
      'The largest displacement of an elastic move must be at most a third of its least smoothness: else slices fold over.',
    );
}

function rankOf(transform: Transform): number {
  if (isAffineMove(transform)) return 0;
  if (transform.kind === 'elastic') return 1;
  return transform.kind === 'drawn-lesions' ? 2 : 3;
}

function wrong(message: string): VoxwatchError {
  return new VoxwatchError('USAGE', message);
}
