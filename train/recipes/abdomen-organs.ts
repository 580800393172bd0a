/**
 * The two organs of `abdomen-cascade` and all that differs between their recipes.
 * @module
 */
import type { Label } from '../../core/label-table.ts';
import { ABDOMEN_TRUTH } from '../synthesis/abdomen-truth.ts';
import type { LesionTruth } from './abdomen-augmentation.ts';
import { KIDNEY, LIVER } from './labels.ts';

/** One of the two organs with what differs between them. */
export interface OrganChoice extends LesionTruth {
  readonly label: Label;
  /** Of the probability of the organ in stage 1, smoothed. */
  readonly organThreshold: number;
  /** Most parts that it has: one liver, two kidneys. */
  readonly parts: number;
  /** What is smaller is no organ. */
  readonly leastMl: number;
  /** Mean that it has at least after contrast medium: between what textbooks give without (liver 40 to 65, kidneys 25 to 45 HU) and after it. */
  readonly enhancedHu: number;
  readonly leastLesionMl: number;
  /**
   * Of the probability of the organ in stage 2, where it redraws the outline; absent where that gains nothing: a kidney is small
   * for pixels of 3 mm, a liver is not (docs/abdomen-cascade-ablation.md).
   */
  readonly outlineThreshold?: number;
  /** Of the probability of a lesion, smoothed: lower finds more of them, and more that are none. */
  readonly lesionThreshold: number;
  /** What stage 2 sees in training, in its own pixels of 1.5 mm; both kidneys fit into it. */
  readonly windowPixels: readonly [width: number, height: number];
  /** Of the training of stage 2, and shares of the slices that show one of its lesions, or no such lesion but a kidney, a liver, a lesion of the other. */
  readonly lesionSteps: number;
  readonly lesionRate: number;
  readonly lesionShare: number;
  readonly otherShare: number;
}

export const LIVER_CHOICE: OrganChoice = {
  label: LIVER,
  truth: ABDOMEN_TRUTH.liver,
  lesion: ABDOMEN_TRUTH['liver lesion'],
  organThreshold: 0.4,
  parts: 1,
  leastMl: 15,
  enhancedHu: 75,
  // A ball of 1 cm has 0.52 ml; of what was marked and smaller than this none was a lesion (docs/abdomen-cascade-ablation.md).
  leastLesionMl: 0.4,
  lesionThreshold: 0.45,
  look: {
    probability: 0.6,
    most: 4,
    radiusMm: [4, 36],
    darkerHu: [18, 95],
    lowestHu: -5,
    brighterProbability: 0.07,
    bulgeProbability: 0.15,
  },
  windowPixels: [144, 128],
  lesionSteps: 6000,
  lesionRate: 2e-3,
  lesionShare: 0.6,
  otherShare: 0.12,
};

export const KIDNEY_CHOICE: OrganChoice = {
  label: KIDNEY,
  truth: ABDOMEN_TRUTH.kidney,
  lesion: ABDOMEN_TRUTH['kidney lesion'],
  organThreshold: 0.45,
  parts: 2,
  leastMl: 20,
  enhancedHu: 70,
  leastLesionMl: 0.5,
  outlineThreshold: 0.5,
  lesionThreshold: 0.5,
  // A cyst belongs to the kidney: what is darker than soft tissue is none of these.
  // Few, and none so small that it could be a pyramid of the medulla.
  look: {
    probability: 0.25,
    most: 1,
    radiusMm: [6, 30],
    darkerHu: [20, 120],
    lowestHu: 22,
    leastDifferenceHu: 20,
    brighterProbability: 0.15,
    bulgeProbability: 0.5,
  },
  // Kidneys without contrast medium that are full of noise were taken for tumours (docs/abdomen-cascade-ablation.md).
  noisy: { probability: 0.25, leastVisibility: 8 },
  windowPixels: [160, 112],
  // It begins with the weights of the liver's (bench/shipped/shipped-bundles.ts): half the rate, so that it stays near them.
  lesionSteps: 7000,
  lesionRate: 1e-3,
  // Fewer than of the liver: what is healthy of a kidney, its sinus above all, looks more like a lesion.
  lesionShare: 0.3,
  otherShare: 0.22,
};
