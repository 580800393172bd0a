/**
 * The learning-rate range test (Smith, arXiv:1506.01186): a short run whose rate grows exponentially from step to step, and
 * the rate at which its loss fell fastest.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';

export interface RateSweep {
  readonly first: number;
  readonly last: number;
  /** ≥ 2. */
  readonly steps: number;
}

export interface SweepPoint {
  readonly rate: number;
  /** Of the batch. */
  readonly loss: number;
  /** Running mean. */
  readonly smoothed: number;
}

export interface RateSearch {
  /** All steps that were taken. */
  readonly points: readonly SweepPoint[];
  /** Rate at the steepest fall of the smoothed loss; absent where it never fell. */
  readonly suggestion?: number;
  /** `diverged`: the loss left the numbers, or rose far above its lowest. */
  readonly ended: 'whole-sweep' | 'diverged';
}

/** What fastai sweeps. */
export const USUAL_SWEEP: RateSweep = { first: 1e-7, last: 10, steps: 100 };

/** Share of the running mean that stays at a step. */
const SMOOTHING = 0.9;
/** A smoothed loss so many times its lowest has left the valley for good. */
const DIVERGED = 4;
/** Steps at the start whose running mean still holds too few losses to have a slope. */
const FIRST_STEPS_SKIPPED = 5;

/**
 * Runs the sweep.
 * @param stepAt - Makes one training step at a rate and gives the loss of its batch, from before the step.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` for rates that do not grow or too few steps.
 */
export async function findLearningRate(sweep: RateSweep, stepAt: (rate: number) => number | Promise<number>): Promise<RateSearch> {
  const points: SweepPoint[] = [];
  let [mean, lowest] = [0, Number.POSITIVE_INFINITY];
  for (const rate of sweepRates(sweep)) {
    const loss = await stepAt(rate);
    if (!Number.isFinite(loss)) return search(points, 'diverged');
    mean = SMOOTHING * mean + (1 - SMOOTHING) * loss;
    // The mean began at 0, not at a loss.
    const smoothed = mean / (1 - SMOOTHING ** (points.length + 1));
    points.push({ rate, loss, smoothed });
    lowest = Math.min(lowest, smoothed);
    if (points.length > FIRST_STEPS_SKIPPED && smoothed > DIVERGED * lowest) return search(points, 'diverged');
  }
  return search(points, 'whole-sweep');
}

/** The rates of a sweep, each the same factor larger than the one before. */
export function sweepRates({ first, last, steps }: RateSweep): readonly number[] {
  if (!(first > 0 && last > first && Number.isFinite(last)) || !Number.isInteger(steps) || steps < 2) {
    throw new VoxwatchError(
      'INVALID_ARGUMENT',
      'A sweep of learning rates needs a last one above a first one above 0, and two steps.',
    );
  }
  return Array.from({ length: steps }, (_, n) => first * (last / first) ** (n / (steps - 1)));
}

/**
 * The rate at which the smoothed loss falls most from the step before to the step after.
 * @param points - Rates a factor apart.
 * @returns nothing where it never falls.
 */
export function steepestRate(points: readonly Pick<SweepPoint, 'rate' | 'smoothed'>[]): number | undefined {
  let [steepest, found] = [0, undefined as number | undefined];
  for (let n = FIRST_STEPS_SKIPPED + 1; n + 1 < points.length; n++) {
    const [before, here, after] = [points[n - 1], points[n], points[n + 1]] as [SweepPoint, SweepPoint, SweepPoint];
    const fall = before.smoothed - after.smoothed;
    if (fall > steepest) [steepest, found] = [fall, here.rate];
  }
  return found;
}

function search(points: readonly SweepPoint[], ended: RateSearch['ended']): RateSearch {
  const suggestion = steepestRate(points);
  return { points, ended, ...(suggestion === undefined ? {} : { suggestion }) };
}
