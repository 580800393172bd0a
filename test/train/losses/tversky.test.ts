import { type Tensor3D, type Tensor4D, tensor, tensor3d, tensor4d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { tverskyLoss } from '../../../train/losses/tversky.ts';
import { expectGradients, randomTensor } from '../gradient-check.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

interface TverskyWeights {
  readonly alpha: number;
  readonly beta: number;
}

const [N, H, W, C] = [2, 3, 4, 3];

const random = createRandom(5);
const LABELS = Int32Array.from({ length: N * H * W }, () => random.integer(0, C - 1));
const LOGITS = Float32Array.from({ length: N * H * W * C }, () => random.normal(0, 2));

/** The Tversky loss in plain loops and float64, with 1 added to numerator and denominator. */
function expected(logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number, { alpha, beta }: TverskyWeights): number {
  let sum = 0;
  for (let c = 1; c < classes; c++) {
    let [hits, falsePositives, falseNegatives] = [0, 0, 0];
    for (let p = 0; p < labels.length; p++) {
      const own = Array.from({ length: classes }, (_, n) => Math.exp(logits[p * classes + n] as number));
      const probability = (own[c] as number) / own.reduce((total, value) => total + value, 0);
      if (labels[p] === c) {
        hits += probability;
        falseNegatives += 1 - probability;
      } else falsePositives += probability;
    }
    sum += (hits + 1) / (hits + 1 + alpha * falsePositives + beta * falseNegatives);
  }
  return 1 - sum / (classes - 1);
}

function loss(weights: TverskyWeights, logits: ArrayLike<number> = LOGITS, labels = LABELS): number {
  const x = tensor4d(Float32Array.from(logits), [N, H, W, C]);
  return (tverskyLoss(x, tensor3d(labels, [N, H, W], 'int32'), weights).dataSync() as Float32Array)[0] as number;
}

/** Logits so large that softmax gives the labels themselves. */
function certain(labels: Int32Array): Float32Array {
  return Float32Array.from({ length: labels.length * C }, (_, n) => (n % C === labels[Math.floor(n / C)] ? 50 : -50));
}

describe('the Tversky loss', () => {
  it.each([
    [0.3, 0.7],
    [0.5, 0.5],
    [1, 0],
    [0, 1],
  ])('with α %d and β %d is what its formula gives', (alpha, beta) => {
    expect(loss({ alpha, beta })).toBeCloseTo(expected(LOGITS, LABELS, C, { alpha, beta }), 6);
  });

  it('with α = β = 0.5 is soft Dice on the same numbers', () => {
    // 2Σpg / (Σp + Σg) with smoothing 2 in both: (2h + 2) / (2h + fp + fn + 2).
    let dice = 0;
    for (let c = 1; c < C; c++) {
      let [both, p, g] = [0, 0, 0];
      LABELS.forEach((label, n) => {
        const own = Array.from({ length: C }, (_, k) => Math.exp(LOGITS[n * C + k] as number));
        const probability = (own[c] as number) / own.reduce((total, value) => total + value, 0);
        both += probability * Number(label === c);
        p += probability;
        g += Number(label === c);
      });
      dice += (2 * both + 2) / (p + g + 2);
    }
    expect(Math.abs(loss({ alpha: 0.5, beta: 0.5 }) - (1 - dice / (C - 1)))).toBeLessThan(1e-6);
  });

  it('is 0 for a perfect answer, also where a class is absent, and almost 1 for a wrong one', () => {
    const weights = { alpha: 0.3, beta: 0.7 };
    expect(loss(weights, certain(LABELS))).toBeCloseTo(0, 6);
    const background = new Int32Array(LABELS.length);
    expect(loss(weights, certain(background), background)).toBeCloseTo(0, 6);
    const shifted = LABELS.map((label) => (label + 1) % C);
    expect(loss(weights, certain(shifted))).toBeGreaterThan(0.75);
  });

  it('punishes what is missed more than what is too much, with β above α', () => {
    const truth = Int32Array.from(LABELS, (_, n) => Number(n % 4 < 2));
    const missed = Int32Array.from(LABELS, (_, n) => Number(n % 4 < 1));
    const tooMuch = Int32Array.from(LABELS, (_, n) => Number(n % 4 < 3));
    const weights = { alpha: 0.3, beta: 0.7 };
    expect(loss(weights, certain(missed), truth)).toBeGreaterThan(loss(weights, certain(tooMuch), truth));
  });

  it('has the gradient that finite differences give', () => {
    const labels = tensor(LABELS.slice(0, 8), [2, 2, 2], 'int32') as Tensor3D;
    expectGradients((x) => tverskyLoss(x as Tensor4D, labels, { alpha: 0.3, beta: 0.7 }), [randomTensor([2, 2, 2, C], 3)]);
  });
});
