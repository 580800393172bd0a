import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { gradientOf, lossOf } from './on-tensors.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

const random = createRandom(3, 'focal');
const PIXELS = 500;
const CROSS_ENTROPY = { 1: { kind: 'binary-cross-entropy' }, 4: { kind: 'cross-entropy' } } as const;

describe('the focal loss', () => {
  it('is −α (1 − p)^γ log p of the true class', () => {
    // Logit ln 3: p = 3/4 where the truth is 1, 1/4 where it is 0.
    const batch = { outputs: 1, logits: [Math.log(3), Math.log(3)], labels: [1, 0] };
    const expected = (0.25 * (1 / 16) * Math.log(4 / 3) + 0.25 * (9 / 16) * Math.log(4)) / 2;
    expect(lossOf(batch, { kind: 'focal', alpha: 0.25, gamma: 2 })).toBeCloseTo(expected, 7);
    // Probabilities 1/8, 2/8, 5/8.
    const three = { outputs: 3, logits: [0, Math.log(2), Math.log(5)], labels: [2] };
    expect(lossOf(three, { kind: 'focal', alpha: 2, gamma: 3 })).toBeCloseTo(2 * (3 / 8) ** 3 * Math.log(8 / 5), 6);
  });

  it.each([1, 4] as const)(
    'with α = 1 and γ = 0 is cross-entropy to the last bit, and so is its gradient (%d outputs)',
    (outputs) => {
      const labels = Array.from({ length: PIXELS }, () => random.integer(0, Math.max(1, outputs - 1)));
      const logits = Float32Array.from({ length: PIXELS * outputs }, () => random.normal(0, 5));
      const batch = { outputs, logits, labels };
      const focal = { kind: 'focal', alpha: 1, gamma: 0 } as const;
      expect(lossOf(batch, focal)).toBe(lossOf(batch, CROSS_ENTROPY[outputs]));
      // + 0: the modulation's share may be −0.
      const positive = (gradient: readonly number[]): number[] => gradient.map((slope) => slope + 0);
      expect(positive(gradientOf(batch, focal))).toEqual(positive(gradientOf(batch, CROSS_ENTROPY[outputs])));
    },
  );

  it('counts a pixel that is right already the less, the larger γ is', () => {
    const ratio = (gamma: number): number => {
      const loss = { kind: 'focal', alpha: 1, gamma } as const;
      return lossOf({ outputs: 1, logits: [3], labels: [1] }, loss) / lossOf({ outputs: 1, logits: [-3], labels: [1] }, loss);
    };
    expect(ratio(2)).toBeLessThan(ratio(1) / 10);
    expect(ratio(1)).toBeLessThan(ratio(0) / 10);
  });
});
