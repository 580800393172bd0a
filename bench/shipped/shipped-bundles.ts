/**
 * The bundles that are shipped as defaults, and what each is trained and measured on.
 * @module
 */

import type { Recipe } from '../../train/recipe.ts';
import { KIDNEY_ANATOMIES, LIVER_ANATOMIES, ORGAN_ANATOMIES } from '../../train/recipes/abdomen-anatomies.ts';
import { ABDOMEN_CASCADE, ABDOMEN_CASCADE_KIDNEY } from '../../train/recipes/abdomen-cascade.ts';

/** Anatomies as `voxwatch synthesize` draws them, made of each label map in turn. */
export interface AnatomySet {
  readonly name: string;
  readonly design: object;
  readonly count: number;
  /** Of the first; the others count up from it. */
  readonly seed: number;
}

/** Phantoms, by the options of `voxwatch synthesize`. */
export interface PhantomSet {
  readonly name: string;
  readonly options: readonly string[];
}

export interface ShippedBundle {
  readonly name: string;
  readonly recipe: Recipe;
  /** For stage 2. */
  readonly lesions: AnatomySet;
  /** The bundle whose stage 2 its own begins with; absent: random weights. */
  readonly startFrom?: string;
  /** Of the runs of stage 2; of several the mean of their weights is taken. */
  readonly seeds: readonly number[];
  /** Other shapes, contrasts and lesions, of the same label maps, so of the same patients. */
  readonly heldOut: AnatomySet;
  /** Labels of the truth and their names in the bundle, for `voxwatch evaluate`. */
  readonly truth: readonly string[];
}

const HELD_OUT = { count: 24, seed: 980_101 };

export const SHIPPED_BUNDLES: readonly ShippedBundle[] = [
  {
    name: 'liver-tumour',
    recipe: ABDOMEN_CASCADE,
    lesions: { name: 'liver-tumour-lesions', design: LIVER_ANATOMIES, count: 300, seed: 1001 },
    seeds: [1],
    heldOut: { name: 'liver-tumour-held-out', design: LIVER_ANATOMIES, ...HELD_OUT },
    truth: ['7=liver', '9=tumour'],
  },
  {
    name: 'kidney-tumour',
    recipe: ABDOMEN_CASCADE_KIDNEY,
    lesions: { name: 'kidney-tumour-lesions', design: KIDNEY_ANATOMIES, count: 300, seed: 2001 },
    // Begun with random weights, and shown less noise, it marked far more of healthy kidneys (docs/abdomen-cascade-ablation.md).
    startFrom: 'liver-tumour',
    // The mean outlines kidneys a little better than either, and marks less of those of healthy anatomies (the same page).
    seeds: [1, 2],
    heldOut: { name: 'kidney-tumour-held-out', design: KIDNEY_ANATOMIES, ...HELD_OUT },
    truth: ['6=kidney', '8=tumour'],
  },
];

/** For stage 1, which all bundles share. */
export const ORGANS: AnatomySet = { name: 'organs', design: ORGAN_ANATOMIES, count: 300, seed: 1 };

const ABDOMENS = ['--organ', 'abdomen', '--matrix', '256', '--step', '8', '--thickness', '4'];

/** Beside the anatomies, in every set: what they cannot show, whole bodies to the top of the liver. */
export const PHANTOMS: PhantomSet = { name: 'phantoms', options: [...ABDOMENS, '--count', '40', '--seed', '50000'] };
/** For stage 1: where there is no organ at all. */
export const HEADS: PhantomSet = {
  name: 'heads',
  options: ['--organ', 'head', '--step', '10', '--count', '80', '--seed', '60000'],
};
export const HELD_OUT_PHANTOMS: PhantomSet = {
  name: 'phantoms-held-out',
  options: ['--organ', 'abdomen', '--count', '16', '--seed', '990001'],
};
