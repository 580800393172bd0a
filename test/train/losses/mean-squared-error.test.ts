import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../train/backends/backend.ts';
import { gradientOf, lossOf } from './on-tensors.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

const LOSS = { kind: 'mean-squared-error' } as const;

describe('the mean squared error', () => {
  it('of a sigmoid is the mean of (p − y)²', () => {
    // p = 3/4 and 1/4.
    expect(lossOf({ outputs: 1, logits: [Math.log(3), -Math.log(3)], labels: [1, 1] }, LOSS)).toBeCloseTo((1 / 16 + 9 / 16) / 2, 6);
  });

  it('of a softmax is a mean over the classes too', () => {
    // p = 1/8, 2/8, 5/8.
    const batch = { outputs: 3, logits: [0, Math.log(2), Math.log(5)], labels: [2] };
    expect(lossOf(batch, LOSS)).toBeCloseTo((1 / 64 + 4 / 64 + 9 / 64) / 3, 6);
  });

  it('has the gradient 2 (p − y) p (1 − p)', () => {
    const [slope] = gradientOf({ outputs: 1, logits: [Math.log(3)], labels: [0] }, LOSS);
    expect(slope).toBeCloseTo(2 * (3 / 4) * (3 / 16), 6);
  });
});
