import { grad, memory, type Scalar, type Tensor, type Tensor4D, tensor3d, tensor4d, zerosLike } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../train/backends/backend.ts';
import { Adam } from '../../../train/optimizer/adam.ts';
import { conservationLoss, sourceLogits } from '../../../train/transfer/conservation-loss.ts';
import { transferLayers } from '../../../train/transfer/transfer-layers.ts';
import type { ConservationSpec } from '../../../train/transfer/transfer-spec.ts';
import { expectClose, expectGradients, randomTensor } from '../gradient-check.ts';
import { type Example, foregroundOf, SIZE, smallUnet, squares, trainStep, trainSteps } from './small-unet.ts';

const SPEC: ConservationSpec = { weight: 0.7, temperature: 3 };

function softmax(logits: readonly number[], temperature: number): number[] {
  const powers = logits.map((logit) => Math.exp(logit / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function valueOf(loss: Scalar): number {
  return (loss.dataSync() as Float32Array)[0] as number;
}

describe('the penalty on leaving the outputs of the source', () => {
  beforeAll(async () => {
    await startBackend('cpu');
  });

  const [ours, theirs] = [
    [
      [1, -2, 0.5],
      [0, 3, -1],
    ],
    [
      [0.3, 1, -1],
      [2, -2, 0],
    ],
  ] as const;
  const pixels = (rows: readonly (readonly number[])[]): Tensor4D => tensor4d(rows.flat(), [1, 1, 2, rows[0]?.length as number]);

  it('is weight · T² · the mean over pixels of the divergence of the probabilities', () => {
    const divergences = ours.map((row, p) => {
      const [student, source] = [softmax(row, 3), softmax(theirs[p] as readonly number[], 3)];
      return source.reduce((sum, q, c) => sum + q * Math.log(q / (student[c] as number)), 0);
    });
    const expected = (0.7 * 9 * ((divergences[0] as number) + (divergences[1] as number))) / 2;
    expect(valueOf(conservationLoss(pixels(ours), pixels(theirs), SPEC))).toBeCloseTo(expected, 6);
  });

  it('has temperature 2 where none is given', () => {
    const given = valueOf(conservationLoss(pixels(ours), pixels(theirs), { weight: 1, temperature: 2 }));
    expect(valueOf(conservationLoss(pixels(ours), pixels(theirs), { weight: 1 }))).toBe(given);
  });

  it('of a single sigmoid is that of the two classes that it stands for', () => {
    const [z, s] = [
      [1.5, -4],
      [-0.5, 2],
    ] as const;
    const asOne = conservationLoss(pixels(z.map((x) => [x])), pixels(s.map((x) => [x])), SPEC);
    const asTwo = conservationLoss(pixels(z.map((x) => [0, x])), pixels(s.map((x) => [0, x])), SPEC);
    expect(valueOf(asOne)).toBeCloseTo(valueOf(asTwo), 6);
  });

  it('is 0 with no gradient where nothing was left, and its gradient is weight · T · (p − q) / pixels elsewhere', () => {
    const gradientAt = (logits: Tensor4D): ArrayLike<number> =>
      grad((x: Tensor) => conservationLoss(x as Tensor4D, pixels(theirs), SPEC))(logits).dataSync();
    expect(valueOf(conservationLoss(pixels(theirs), pixels(theirs), SPEC))).toBeCloseTo(0, 7);
    expectClose(gradientAt(pixels(theirs)), new Float32Array(6), 1e-7);
    const expected = ours.flatMap((row, p) => {
      const [student, source] = [softmax(row, 3), softmax(theirs[p] as readonly number[], 3)];
      return student.map((value, c) => (0.7 * 3 * (value - (source[c] as number))) / 2);
    });
    expectClose(gradientAt(pixels(ours)), expected, 1e-6);
  });

  it.each([1, 3])('has the gradient of finite differences (%i outputs)', (outputs) => {
    const source = randomTensor([2, 2, 2, outputs], 5) as Tensor4D;
    const logits = randomTensor([2, 2, 2, outputs], 6);
    expectGradients((x) => conservationLoss(x as Tensor4D, source, { weight: 20, temperature: 1.5 }), [logits]);
  });

  it('stays finite where both networks are sure', () => {
    const far = (sign: number): Tensor4D => pixels([[sign * 300], [-sign * 300]]);
    expect(valueOf(conservationLoss(far(1), far(-1), { weight: 1, temperature: 1 }))).toBeCloseTo(300, 3);
    const sure = pixels([
      [300, -300],
      [-300, 300],
    ]);
    expect(valueOf(conservationLoss(zerosLike(sure), sure, { weight: 1, temperature: 1 }))).toBeCloseTo(Math.log(2), 5);
  });

  it('refuses other shapes, a negative weight and a temperature that is none', () => {
    const three = pixels(ours);
    expect(() => conservationLoss(three, pixels([[1], [2]]), SPEC)).toThrow(/1 × 1 × 2 × 3 with 1 × 1 × 2 × 1/);
    for (const spec of [{ weight: -1 }, { weight: Number.NaN }, { weight: 1, temperature: 0 }])
      expect(() => conservationLoss(three, three, spec)).toThrow(/cannot be/);
  });
});

/** The plain backend takes seconds, and many times that where other work fills the machine. */
const PATIENCE_MS = 240_000;

describe('conservation training', { timeout: PATIENCE_MS }, () => {
  beforeAll(async () => {
    await startBackend('cpu');
  });

  /** The source learns squares; then another reader's, who draws their left halves only, are learned. */
  async function movementOnOldData(weights: readonly number[]): Promise<number[]> {
    const old = [1, 2].map((seed) => squares(seed, 1.5));
    const halves = [3, 4].map((seed) => leftHalves(squares(seed, 1.5)));
    const source = smallUnet(1);
    await trainSteps(source, old, 40);
    const movements: number[] = [];
    for (const weight of weights) {
      const network = smallUnet(2);
      transferLayers(network, source, { copy: ['*'] });
      const optimizer = new Adam();
      for (let step = 0; step < 20; step++) {
        const example = halves[step % 2] as Example;
        const target = sourceLogits(source, example.input);
        await trainStep(network, optimizer, example, (logits) => conservationLoss(logits, target, { weight }));
        target.dispose();
      }
      movements.push(meanMovement(old.map((example) => [foregroundOf(source, example), foregroundOf(network, example)])));
    }
    return movements;
  }

  function leftHalves({ input, labels }: Example): Example {
    const values = Int32Array.from(labels.dataSync());
    for (let p = 0; p < values.length; p += SIZE) {
      const left = values.subarray(p, p + SIZE).indexOf(1);
      if (left >= 0) values.fill(0, p + left + 2, p + left + 4);
    }
    return { input, labels: tensor3d(values, labels.shape, 'int32') };
  }

  function meanMovement(pairs: readonly (readonly [before: Float32Array, after: Float32Array])[]): number {
    const moved = pairs.flatMap(([before, after]) => [...before].map((value, n) => Math.abs(value - (after[n] as number))));
    return moved.reduce((sum, value) => sum + value, 0) / moved.length;
  }

  it('moves the outputs on old data less, the more it weighs', async () => {
    const [without, some, much] = (await movementOnOldData([0, 1, 5])) as [number, number, number];
    expect(without).toBeGreaterThan(0.05);
    expect(some).toBeLessThan(0.8 * without);
    expect(much).toBeLessThan(0.8 * some);
  });

  it('leaves the source as it was and no tensor behind', async () => {
    const [source, network, example] = [smallUnet(1), smallUnet(2), squares(1, 1)];
    const before = foregroundOf(source, example);
    const optimizer = new Adam();
    const step = async (): Promise<void> => {
      const target = sourceLogits(source, example.input);
      await trainStep(network, optimizer, example, (logits) => conservationLoss(logits, target, SPEC));
      target.dispose();
    };
    await step();
    const { numTensors } = memory();
    for (let n = 0; n < 3; n++) await step();
    expect(memory().numTensors).toBe(numTensors);
    expect(foregroundOf(source, example)).toEqual(before);
  });
});
