/**
 * Validation slices and a predictor → the slices that a page shows: best, median and worst by Dice, and some without
 * foreground. The draw is seeded, so that the same weights show the same slices.
 * @module
 */

import { countOverlap, diceScore, emptyCounts } from '../../core/overlap.ts';
import type { Random } from '../../core/random.ts';

/** One slice as pictures show it. */
export interface ExampleSlice {
  /** What it is called on the page: numbers of a case and of its slice. */
  readonly title: string;
  /** Name of the case: not for a page that is sent. */
  readonly case: string;
  readonly sizePixels: readonly [width: number, height: number];
  /** Grey, 0 black … 255 white; width · height, row by row from the top left. */
  readonly input: Uint8Array;
  /** Label of the bundle of each pixel, 0 background. */
  readonly truth: Uint8Array;
}

/** Slices to choose from, by their number, 0 … count − 1. */
export interface ExampleSource {
  readonly count: number;
  hasForeground(index: number): boolean;
  read(index: number): ExampleSlice;
}

export interface Example extends ExampleSlice {
  readonly prediction: Uint8Array;
  readonly role: 'best' | 'median' | 'worst' | 'without foreground';
  /** Of each label in the truth or the prediction. */
  readonly dice: readonly { readonly label: number; readonly dice: number }[];
}

export interface ExamplePlan {
  /** How many slices with foreground are drawn to be predicted, and how many of each end and of the middle are shown. */
  readonly drawn: number;
  readonly shownOfEach: number;
  readonly withoutForeground: number;
}

/** Less work than a validation: it predicts 64 slices. */
export const EXAMPLE_PLAN: ExamplePlan = { drawn: 30, shownOfEach: 2, withoutForeground: 2 };

export interface ChosenExamples {
  readonly examples: readonly Example[];
  /** Slices with foreground that were predicted, and how many there are. */
  readonly drawn: number;
  readonly ofSlices: number;
}

/**
 * Chooses; each slice is shown once, and fewer where there are too few.
 * @param predict - Index of a slice → label of each pixel, on the grid of {@link ExampleSource.read}.
 * @param labels - That are scored; a slice's Dice is the mean over those in its truth or its prediction.
 */
export async function chooseExamples(
  source: ExampleSource,
  predict: (index: number) => Uint8Array | Promise<Uint8Array>,
  {
    random,
    labels,
    plan = EXAMPLE_PLAN,
  }: { readonly random: Random; readonly labels: readonly number[]; readonly plan?: ExamplePlan },
): Promise<ChosenExamples> {
  const all = Array.from({ length: source.count }, (_, index) => index);
  const withForeground = all.filter((index) => source.hasForeground(index));
  const drawn = draw(random.fork('with foreground'), withForeground, plan.drawn);
  // Only numbers are kept of each slice: thirty of them would fill memory for nothing.
  const scored: { readonly index: number; readonly mean: number }[] = [];
  for (const index of drawn) scored.push({ index, mean: meanOf(score(await predict(index), source.read(index).truth, labels)) });
  scored.sort((a, b) => b.mean - a.mean || a.index - b.index);
  const without = draw(
    random.fork('without foreground'),
    all.filter((index) => !source.hasForeground(index)),
    plan.withoutForeground,
  );
  const chosen = [
    ...pickRanks(scored.length, plan.shownOfEach).map(({ rank, role }) => ({
      index: (scored[rank] as { index: number }).index,
      role,
    })),
    ...without.map((index) => ({ index, role: 'without foreground' as const })),
  ];
  const examples: Example[] = [];
  for (const { index, role } of chosen) {
    const slice = source.read(index);
    const prediction = await predict(index);
    examples.push({ ...slice, prediction, role, dice: score(prediction, slice.truth, labels) });
  }
  return { examples, drawn: drawn.length, ofSlices: withForeground.length };
}

/** Ranks at both ends and in the middle, each once; the best come first. */
export function pickRanks(count: number, ofEach: number): { readonly rank: number; readonly role: 'best' | 'median' | 'worst' }[] {
  const roles = new Map<number, 'best' | 'median' | 'worst'>();
  const middle = Math.floor((count - ofEach) / 2);
  const wanted = (['best', 'worst', 'median'] as const).flatMap((role) =>
    Array.from({ length: ofEach }, (_, n) => ({ role, rank: role === 'best' ? n : role === 'worst' ? count - 1 - n : middle + n })),
  );
  for (const { role, rank } of wanted) if (rank >= 0 && rank < count && !roles.has(rank)) roles.set(rank, role);
  return [...roles].map(([rank, role]) => ({ rank, role })).sort((a, b) => a.rank - b.rank);
}

function score(prediction: Uint8Array, truth: Uint8Array, labels: readonly number[]): Example['dice'] {
  return labels.flatMap((label) => {
    const counts = emptyCounts();
    countOverlap(counts, prediction, truth, [label]);
    return counts.truePositive + counts.falsePositive + counts.falseNegative === 0 ? [] : [{ label, dice: diceScore(counts) }];
  });
}

/** 1 where nothing was there and nothing was found. */
function meanOf(dice: Example['dice']): number {
  return dice.length === 0 ? 1 : dice.reduce((sum, entry) => sum + entry.dice, 0) / dice.length;
}

/** So many of the values, in their order. */
function draw(random: Random, values: readonly number[], count: number): number[] {
  const rest = [...values];
  while (rest.length > count) rest.splice(random.integer(0, rest.length - 1), 1);
  return rest;
}
