import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import type { LossSpec } from '../../../train/losses/loss-spec.ts';
import { gradientOf, lossOf } from './on-tensors.ts';
import { type Batch, referenceGradient, referenceLoss } from './reference.ts';

const PIXELS = 24;
/** The largest logits that a network gives in practice, and more: here float32's sigmoid is 0 and 1. */
const SATURATED = 40;

const random = createRandom(11, 'losses');

/** Labels 0 … classes − 1, and logits drawn for each pixel from its label. */
function batchOf(outputs: number, logitOf: (isRight: boolean) => number, labelOf?: () => number): Batch {
  const classes = Math.max(2, outputs);
  const labels = Array.from({ length: PIXELS }, labelOf ?? (() => random.integer(0, classes - 1)));
  const logits = labels.flatMap((label) =>
    outputs === 1
      ? [label === 1 ? logitOf(true) : -logitOf(true)]
      : Array.from({ length: outputs }, (_, c) => (c === label ? logitOf(true) : logitOf(false))),
  );
  return { outputs, labels, logits: Float32Array.from(logits) };
}

const BATCHES: readonly (readonly [name: string, make: (outputs: number) => Batch])[] = [
  ['random logits', (outputs) => batchOf(outputs, () => random.normal(0, 2))],
  ['logits of 0', (outputs) => batchOf(outputs, () => 0)],
  ['a network that is sure and right', (outputs) => batchOf(outputs, (isRight) => (isRight ? SATURATED : -SATURATED))],
  ['a network that is sure and wrong', (outputs) => batchOf(outputs, (isRight) => (isRight ? -SATURATED : SATURATED))],
  ['sure logits, some wrong', (outputs) => batchOf(outputs, () => (random.chance(0.5) ? SATURATED : -SATURATED))],
  [
    'a truth of background alone',
    (outputs) =>
      batchOf(
        outputs,
        () => random.normal(0, 3),
        () => 0,
      ),
  ],
];

const TVERSKY: LossSpec = { kind: 'tversky', alpha: 0.3, beta: 0.7 };
const FOR_BOTH: readonly LossSpec[] = [
  { kind: 'focal', alpha: 1, gamma: 0 },
  { kind: 'focal', alpha: 0.25, gamma: 2 },
  // Here (1 − p)^γ is steepest where p is 1.
  { kind: 'focal', alpha: 2, gamma: 0.5 },
  { kind: 'soft-dice', denominator: 'squared' },
  { kind: 'soft-dice', denominator: 'plain' },
  { kind: 'soft-dice', denominator: 'plain', smooth: 1e-5 },
  TVERSKY,
  { kind: 'tversky', alpha: 1, beta: 0, smooth: 0.1 },
  { kind: 'iou' },
  { kind: 'mean-squared-error' },
];
const OF_FORM: Readonly<Record<number, readonly LossSpec[]>> = {
  1: [
    { kind: 'binary-cross-entropy' },
    {
      kind: 'sum',
      terms: [
        { weight: 0.5, loss: { kind: 'binary-cross-entropy' } },
        { weight: 2, loss: { kind: 'soft-dice', denominator: 'plain' } },
      ],
    },
  ],
  3: [
    { kind: 'cross-entropy' },
    { kind: 'cross-entropy', classWeights: [1, 2, 3.5] },
    {
      kind: 'sum',
      terms: [
        { weight: 0.25, loss: { kind: 'cross-entropy' } },
        { weight: 3, loss: TVERSKY },
      ],
    },
  ],
};

const CASES = Object.entries(OF_FORM).flatMap(([outputs, own]) =>
  [...FOR_BOTH, ...own, { kind: 'focal', alpha: 1, gamma: 5 } as const].flatMap((loss) =>
    BATCHES.map(([name, make]) => ({ outputs: Number(outputs), loss, name, make })),
  ),
);

describe.each(['cpu', 'wasm'] as const)('on the backend %s', (backend) => {
  beforeAll(async () => {
    await startBackend(backend);
  });

  describe('each loss, of a sigmoid (1 output) and of a softmax (3)', () => {
    it.each(CASES)('$outputs: $loss on $name is what its formula and finite differences give', ({ outputs, loss, make }) => {
      const batch = make(outputs);
      const [value, expected] = [lossOf(batch, loss), referenceLoss(batch, loss)];
      expect(Math.abs(value - expected), `${value} against ${expected}`).toBeLessThanOrEqual(
        2e-6 * Math.max(1, Math.abs(expected)),
      );
      const [gradient, differences] = [gradientOf(batch, loss), referenceGradient(batch, loss)];
      const largest = differences.reduce((max, slope) => Math.max(max, Math.abs(slope)), 0);
      gradient.forEach((slope, n) => {
        const error = Math.abs(slope - (differences[n] as number));
        expect(error, `logit ${n}: ${slope} against ${differences[n]}`).toBeLessThanOrEqual(1e-5 * largest + 1e-8);
      });
    });

    it('has a gradient that is not 0 on random logits: the check above can fail', () => {
      for (const [outputs, own] of Object.entries(OF_FORM)) {
        for (const loss of [...FOR_BOTH, ...own]) {
          const gradient = gradientOf(
            batchOf(Number(outputs), () => random.normal(0, 2)),
            loss,
          );
          expect(Math.max(...gradient.map(Math.abs)), loss.kind).toBeGreaterThan(1e-4);
        }
      }
    });
  });
});

describe('a sum of losses', () => {
  it('is its terms times their weights', () => {
    const batch = batchOf(3, () => random.normal(0, 1));
    const terms = [
      { weight: 1, loss: TVERSKY },
      { weight: 0.5, loss: { kind: 'cross-entropy' } },
    ] as const;
    expect(lossOf(batch, { kind: 'sum', terms })).toBeCloseTo(lossOf(batch, TVERSKY) + 0.5 * lossOf(batch, terms[1].loss), 6);
  });

  it('with weights of 1 is their plain sum to the last bit', () => {
    const batch = batchOf(3, () => random.normal(0, 1));
    const entropy: LossSpec = { kind: 'cross-entropy', classWeights: [1, 2, 3] };
    const both = lossOf(batch, { kind: 'sum', terms: [TVERSKY, entropy].map((loss) => ({ weight: 1, loss })) });
    expect(both).toBe(Math.fround(lossOf(batch, TVERSKY) + lossOf(batch, entropy)));
  });
});

describe('a loss for another kind of network', () => {
  it.each([
    [1, { kind: 'cross-entropy' }],
    [2, { kind: 'binary-cross-entropy' }],
    [3, { kind: 'cross-entropy', classWeights: [1, 2] }],
    [2, { kind: 'sum', terms: [] }],
    [2, { kind: 'sum', terms: [{ weight: 1, loss: { kind: 'binary-cross-entropy' } }] }],
    [2, { kind: 'sum', terms: [{ weight: -1, loss: TVERSKY }] }],
    [2, { kind: 'focal', alpha: 0, gamma: 2 }],
    [2, { kind: 'focal', alpha: 1, gamma: -1 }],
    [2, { kind: 'tversky', alpha: -0.1, beta: 1 }],
    [2, { kind: 'tversky', alpha: 0.5, beta: Number.NaN }],
    [2, { kind: 'soft-dice', denominator: 'squared', smooth: 0 }],
    [2, { kind: 'iou', smooth: Number.POSITIVE_INFINITY }],
    [2, { kind: 'cross-entropy', classWeights: [1, -1] }],
  ] as readonly (readonly [number, LossSpec])[])('or with numbers out of range is refused: %d outputs, %j', (outputs, loss) => {
    expect(() =>
      lossOf(
        batchOf(outputs, () => 1),
        loss,
      ),
    ).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
