import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../train/backends/backend.ts';
import { gradientOf, lossOf } from './on-tensors.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

const LN = Math.log;

describe('cross-entropy', () => {
  // Logits ln 1, ln 2, ln 5: probabilities 1/8, 2/8, 5/8.
  const [outputs, one] = [3, [LN(1), LN(2), LN(5)]];

  it('is the mean of −log p of the true class', () => {
    const logits = [...one, ...one];
    expect(lossOf({ outputs, logits, labels: [0, 2] }, { kind: 'cross-entropy' })).toBeCloseTo((LN(8) + LN(8 / 5)) / 2, 6);
  });

  it('weighs each pixel by its class, and divides by the number of pixels, not of weights', () => {
    const batch = { outputs, logits: [...one, ...one], labels: [0, 2] };
    const loss = { kind: 'cross-entropy', classWeights: [1, 7, 3] } as const;
    expect(lossOf(batch, loss)).toBeCloseTo((LN(8) + 3 * LN(8 / 5)) / 2, 5);
  });

  it('has the gradient p − y, through all logits', () => {
    const gradient = gradientOf({ outputs, logits: one, labels: [1] }, { kind: 'cross-entropy' });
    [1 / 8, 2 / 8 - 1, 5 / 8].forEach((slope, n) => {
      expect(gradient[n]).toBeCloseTo(slope, 6);
    });
  });

  it('has a gradient where the network is sure and wrong, which the overlap losses have not', () => {
    const wrong = { outputs: 3, logits: [-50, 50, -50, -50, -50, 50], labels: [0, 1] };
    const slope = (gradient: readonly number[]): number => Math.max(...gradient.map(Math.abs));
    expect(slope(gradientOf(wrong, { kind: 'cross-entropy' }))).toBeGreaterThan(0.45);
    expect(slope(gradientOf(wrong, { kind: 'tversky', alpha: 0.5, beta: 0.5 }))).toBeLessThan(1e-12);
  });
});

describe('binary cross-entropy', () => {
  const loss = { kind: 'binary-cross-entropy' } as const;

  it('is −log p where the truth is 1, −log(1 − p) where it is 0', () => {
    // Logit ln 3: p = 3/4.
    expect(lossOf({ outputs: 1, logits: [LN(3), LN(3)], labels: [1, 0] }, loss)).toBeCloseTo((LN(4 / 3) + LN(4)) / 2, 6);
  });

  it('has the gradient p − y', () => {
    const gradient = gradientOf({ outputs: 1, logits: [LN(3), LN(3), 0, 0], labels: [1, 0, 1, 0] }, loss);
    [-1 / 4, 3 / 4, -1 / 2, 1 / 2].forEach((slope, n) => {
      expect(gradient[n]).toBeCloseTo(slope / 4, 7);
    });
  });

  it('grows with the logit where it is sure and wrong, without end', () => {
    expect(lossOf({ outputs: 1, logits: [500], labels: [0] }, loss)).toBe(500);
    expect(gradientOf({ outputs: 1, logits: [500], labels: [0] }, loss)).toEqual([1]);
    expect(lossOf({ outputs: 1, logits: [-500], labels: [0] }, loss)).toBe(0);
  });

  it('is the cross-entropy of two outputs that differ by its logit', () => {
    const two = { outputs: 2, logits: [0, 1.3, 0, -0.4], labels: [1, 1] };
    expect(lossOf({ outputs: 1, logits: [1.3, -0.4], labels: [1, 1] }, loss)).toBeCloseTo(
      lossOf(two, { kind: 'cross-entropy' }),
      6,
    );
  });
});
