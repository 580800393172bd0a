/** Soft Dice and IoU by hand, and what they are to the Tversky loss. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import type { LossSpec } from '../../../train/losses/loss-spec.ts';
import { lossOf } from './on-tensors.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

/** p = 3/4, 1/4, 3/4 of which the first two are in the truth: Σyp = 1, Σp = 7/4, Σp² = 19/16, Σy = 2. */
const BY_HAND = { outputs: 1, logits: [Math.log(3), -Math.log(3), Math.log(3)], labels: [1, 1, 0] };
const random = createRandom(7, 'overlap');
const AT_RANDOM = {
  outputs: 3,
  logits: Float32Array.from({ length: 90 }, () => random.normal(0, 2)),
  labels: Array.from({ length: 30 }, () => random.integer(0, 2)),
};

describe('the soft Dice loss', () => {
  it('with a squared denominator is 1 − 2Σyp / (Σy² + Σp²), smoothed', () => {
    const exact = 1 - 2 / (2 + 19 / 16);
    expect(lossOf(BY_HAND, { kind: 'soft-dice', denominator: 'squared', smooth: 1e-7 })).toBeCloseTo(exact, 6);
    expect(lossOf(BY_HAND, { kind: 'soft-dice', denominator: 'squared' })).toBeCloseTo(1 - 3 / (3 + 19 / 16), 6);
  });

  it('with a plain one is 1 − (2Σyp + 1) / (Σy + Σp + 1), as report 004 has it', () => {
    expect(lossOf(BY_HAND, { kind: 'soft-dice', denominator: 'plain' })).toBeCloseTo(1 - 3 / (2 + 7 / 4 + 1), 6);
  });

  it('takes classes together in groups, whose probabilities add up', () => {
    // p = 1/2, 1/4, 1/4 and 1/4, 1/4, 1/2; truth 1 and 2. Of {1 ∪ 2}: Σyp = 1/2 + 3/4, Σp the same, Σy = 2; of {2}: 1/2, 3/4, 1.
    const logits = [Math.log(2), 0, 0, 0, 0, Math.log(2)];
    const groups = [[1, 2], [2]];
    const loss = lossOf({ outputs: 3, logits, labels: [1, 2] }, { kind: 'soft-dice', denominator: 'plain', groups, smooth: 1 });
    expect(loss).toBeCloseTo(1 - ((2 * 1.25 + 1) / (1.25 + 2 + 1) + (2 * 0.5 + 1) / (0.75 + 1 + 1)) / 2, 6);
    expect(() => lossOf(AT_RANDOM, { kind: 'soft-dice', denominator: 'plain', groups: [[3]] })).toThrow(/from 1 to 2/);
    expect(() => lossOf(AT_RANDOM, { kind: 'soft-dice', denominator: 'plain', groups: [[]] })).toThrow(/not none/);
  });

  it.each([AT_RANDOM, BY_HAND])('is the Tversky loss with α = β = 0.5 and half its smoothing', (batch) => {
    const tversky = lossOf(batch, { kind: 'tversky', alpha: 0.5, beta: 0.5 });
    expect(Math.abs(tversky - lossOf(batch, { kind: 'soft-dice', denominator: 'plain', smooth: 2 }))).toBeLessThan(1e-6);
  });
});

describe('the IoU loss', () => {
  it('is 1 − (Σyp + 1) / (Σy + Σp − Σyp + 1)', () => {
    expect(lossOf(BY_HAND, { kind: 'iou' })).toBeCloseTo(1 - 2 / (2 + 7 / 4 - 1 + 1), 6);
  });

  it.each([AT_RANDOM, BY_HAND])('is the Tversky loss with α = β = 1', (batch) => {
    expect(Math.abs(lossOf(batch, { kind: 'tversky', alpha: 1, beta: 1 }) - lossOf(batch, { kind: 'iou' }))).toBeLessThan(1e-6);
  });
});

describe('every overlap loss', () => {
  const losses: readonly LossSpec[] = [
    { kind: 'iou' },
    { kind: 'soft-dice', denominator: 'plain' },
    { kind: 'soft-dice', denominator: 'squared' },
    { kind: 'tversky', alpha: 0.3, beta: 0.7 },
  ];

  it.each(losses)('is 0 where both masks are empty, and where they are the same: $kind', (loss) => {
    expect(lossOf({ outputs: 1, logits: [-90, -90], labels: [0, 0] }, loss)).toBe(0);
    expect(lossOf({ outputs: 2, logits: [90, -90, 90, -90], labels: [0, 0] }, loss)).toBe(0);
    expect(lossOf({ outputs: 1, logits: [90, -90], labels: [1, 0] }, loss)).toBe(0);
  });

  it.each(losses)('is a mean over the foreground classes, and leaves the background out: $kind', (loss) => {
    // Class 1 is found, class 2 is missed for class 0.
    const sure = (label: number): number[] => [0, 1, 2].map((c) => (c === label ? 60 : -60));
    const both = lossOf({ outputs: 3, logits: [...sure(1), ...sure(0)], labels: [1, 2] }, loss);
    const missed = lossOf({ outputs: 1, logits: [-60, -60], labels: [0, 1] }, loss);
    expect(both).toBeCloseTo(missed / 2, 6);
    expect(missed).toBeGreaterThan(0.4);
  });
});
