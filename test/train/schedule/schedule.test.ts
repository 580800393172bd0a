/** What the learning rate follows: the step, the validations, and when to stop. */
import { describe, expect, it } from 'vitest';
import { type BestSoFar, isBest, NOTHING_SEEN, observe, type Watch } from '../../../train/schedule/best-so-far.ts';
import { shouldStop } from '../../../train/schedule/early-stopping.ts';
import { learningRateAt } from '../../../train/schedule/learning-rate.ts';
import { NO_PLATEAU, observePlateau, type PlateauState, reducedRate } from '../../../train/schedule/reduce-on-plateau.ts';

const LOSS: Watch = { goal: 'lowest', minDelta: 0 };
/** As a checkpoint would hand it on. */
const throughJson = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;

describe('the learning rate of a step', () => {
  it('on half a cosine is the first one at first, the mean in the middle, and all but the last at last', () => {
    const spec = { kind: 'half-cosine', first: 1e-3, last: 1e-5 } as const;
    expect(learningRateAt(spec, 0, 100)).toBe(1e-3);
    expect(learningRateAt(spec, 50, 100)).toBeCloseTo((1e-3 + 1e-5) / 2, 12);
    expect(learningRateAt(spec, 99, 100)).toBeCloseTo(1e-5, 6);
    expect(learningRateAt(spec, 19, 20)).toBe(1e-5 + ((1e-3 - 1e-5) * (1 + Math.cos((Math.PI * 19) / 20))) / 2);
  });

  it('that is constant stays, and inverse time is halved after 1 / decay steps', () => {
    expect(learningRateAt({ kind: 'constant', rate: 0.01 }, 77, 100)).toBe(0.01);
    expect(learningRateAt({ kind: 'inverse-time', first: 0.002, decay: 0.5 }, 0, 100)).toBe(0.002);
    expect(learningRateAt({ kind: 'inverse-time', first: 0.002, decay: 0.5 }, 2, 100)).toBe(0.001);
  });

  it('of one cycle climbs to the highest and falls to almost nothing', () => {
    const spec = { kind: 'one-cycle', highest: 1e-3, warmUpShare: 0.3 } as const;
    const rates = Array.from({ length: 100 }, (_, step) => learningRateAt(spec, step, 100));
    expect(rates[0]).toBeCloseTo(1e-3 / 25, 12);
    expect(rates.indexOf(Math.max(...rates))).toBe(30);
    expect(rates[30]).toBe(1e-3);
    expect(rates[65]).toBeCloseTo(5e-4, 6);
    expect(rates[99]).toBeLessThan(1e-6);
    expect(rates.every((rate) => rate > 0)).toBe(true);
  });
});

describe('the best so far', () => {
  const after = (watch: Watch, values: readonly number[]): BestSoFar =>
    values.reduce((state, value) => throughJson(observe(watch, state, value)), NOTHING_SEEN);

  it('is the lowest loss or the highest Dice, and knows how long ago it was', () => {
    expect(after(LOSS, [3, 1, 2, 4])).toEqual({ seen: 4, best: { value: 1, validation: 2 }, withoutGain: 2 });
    expect(after({ goal: 'highest', minDelta: 0 }, [0.3, 0.8, 0.8])).toEqual({
      seen: 3,
      best: { value: 0.8, validation: 2 },
      withoutGain: 1,
    });
  });

  it('takes a gain no larger than the least one for none, and measures the next from the old best', () => {
    expect(after({ goal: 'lowest', minDelta: 0.1 }, [1, 0.95, 0.89])).toEqual({
      seen: 3,
      best: { value: 0.89, validation: 3 },
      withoutGain: 0,
    });
  });

  it('takes what is not a number for no gain, the first time too', () => {
    expect(after(LOSS, [])).toEqual(NOTHING_SEEN);
    const one = observe(LOSS, NOTHING_SEEN, Number.NaN);
    expect(one).toEqual({ seen: 1, withoutGain: 1 });
    expect(isBest(one)).toBe(false);
    expect(observe({ goal: 'highest', minDelta: 0 }, one, Number.POSITIVE_INFINITY).best).toBeUndefined();
    expect(isBest(observe(LOSS, one, 5))).toBe(true);
    expect(isBest(NOTHING_SEEN)).toBe(false);
  });

  it('stops a run after as many validations without a gain as its patience', () => {
    const spec = { ...LOSS, patience: 2 };
    const stops = [3, 2, 2, 1, 1, 1].map((_, n, values) => shouldStop(spec, after(spec, values.slice(0, n + 1))));
    expect(stops).toEqual([false, false, false, false, false, true]);
  });
});

describe('a plateau', () => {
  const spec = { ...LOSS, patience: 2, factor: 0.5, minRate: 3e-4 };
  const after = (values: readonly number[]): PlateauState =>
    values.reduce((state, value) => throughJson(observePlateau(spec, state, value)), NO_PLATEAU);

  it('lowers the rate after its patience, and again after as many more', () => {
    expect([[1], [1, 1], [1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1, 1]].map((values) => after(values).scale)).toEqual([
      1, 1, 0.5, 0.5, 0.25,
    ]);
  });

  it('that ends is counted anew', () => {
    expect(after([1, 1, 0.5, 0.5]).scale).toBe(1);
  });

  it('does not lower the rate below its least, nor raise one that the schedule has below it', () => {
    const state = after([1, 1, 1, 1, 1]);
    expect(reducedRate(spec, state, 2e-3)).toBe(5e-4);
    expect(reducedRate(spec, state, 1e-3)).toBe(3e-4);
    expect(reducedRate(spec, state, 1e-4)).toBe(1e-4);
  });
});
