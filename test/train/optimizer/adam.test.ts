import { memory, type NamedTensorMap, type Tensor, tensor, train, type Variable, variable } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../core/random.ts';
import { Adam } from '../../train/adam.ts';
import { startBackend } from '../../train/backend.ts';
import { expectClose } from './gradient-check.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

let variables = 0;
function variableOf(values: readonly number[]): Variable {
  return variable(tensor([...values]), true, `adam test ${variables++}`);
}

function gradientsOf(entries: readonly (readonly [Variable, ArrayLike<number>])[]): NamedTensorMap {
  return Object.fromEntries(entries.map(([v, gradient]) => [v.name, tensor(Float32Array.from(gradient), v.shape)]));
}

function valuesOf(v: Tensor): Float32Array {
  return v.dataSync() as Float32Array;
}

describe('Adam', () => {
  it('takes a first step of the learning rate against the gradient’s sign, whatever its size', () => {
    const v = variableOf([1, 2, 3, 4]);
    new Adam().apply([v], gradientsOf([[v, [1e-2, -0.1, 5, -300]]]), 0.01);
    expectClose(valuesOf(v), [0.99, 2.01, 2.99, 4.01], 5e-6);
  });

  it('leaves alone what has no gradient', () => {
    const v = variableOf([1, 2]);
    new Adam().apply([v], gradientsOf([[v, [0, 0]]]), 0.01);
    expect([...valuesOf(v)]).toEqual([1, 2]);
  });

  it('follows its paper over many steps, with a changing learning rate', () => {
    const v = variableOf([0.5]);
    const optimizer = new Adam();
    let [x, m, s] = [0.5, 0, 0];
    for (let t = 1; t <= 50; t++) {
      const [gradient, rate] = [Math.sin(t) + 0.2, 0.01 / t];
      optimizer.apply([v], gradientsOf([[v, [gradient]]]), rate);
      m = 0.9 * m + 0.1 * gradient;
      s = 0.999 * s + 0.001 * gradient ** 2;
      x -= (rate * (m / (1 - 0.9 ** t))) / Math.sqrt(s / (1 - 0.999 ** t));
    }
    expect(valuesOf(v)[0]).toBeCloseTo(x, 5);
  });

  it('goes where TensorFlow.js’s own Adam goes', () => {
    const random = createRandom(1);
    const numbers = (): number[] => Array.from({ length: 30 }, () => random.normal(0, 1));
    const start = numbers();
    const [ours, theirs] = [variableOf(start), variableOf(start)];
    const [own, reference] = [new Adam(), train.adam(0.003)];
    for (let step = 0; step < 5; step++) {
      const gradient = numbers();
      own.apply([ours], gradientsOf([[ours, gradient]]), 0.003);
      reference.applyGradients([{ name: theirs.name, tensor: tensor(gradient) }]);
      expectClose(valuesOf(ours), valuesOf(theirs), 1e-5);
    }
    expect(Math.max(...start.map((value, n) => Math.abs(value - (valuesOf(ours)[n] as number))))).toBeGreaterThan(5e-3);
  });

  it('keeps a state for each variable', () => {
    const [a, b] = [variableOf([0]), variableOf([0])];
    const alone = variableOf([0]);
    const [both, one] = [new Adam(), new Adam()];
    for (const gradient of [3, -1, 2]) {
      both.apply(
        [a, b],
        gradientsOf([
          [a, [gradient]],
          [b, [-7]],
        ]),
        0.1,
      );
      one.apply([alone], gradientsOf([[alone, [gradient]]]), 0.1);
    }
    expect(valuesOf(a)).toEqual(valuesOf(alone));
  });

  it('keeps no tensors but the variables', () => {
    const v = variableOf([1, 2]);
    const optimizer = new Adam();
    const before = memory().numTensors;
    for (let n = 0; n < 3; n++) optimizer.apply([v], gradientsOf([[v, [1, 1]]]), 0.1);
    expect(memory().numTensors).toBe(before);
  });
});
