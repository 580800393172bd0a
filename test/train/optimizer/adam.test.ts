import { memory, type NamedTensorMap, type Tensor, tensor, train, type Variable, variable } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { Adam } from '../../../train/optimizer/adam.ts';
import { expectClose } from '../gradient-check.ts';

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
  it('takes a first step of the learning rate against the gradient’s sign, whatever its size', async () => {
    const v = variableOf([1, 2, 3, 4]);
    await new Adam().apply([v], gradientsOf([[v, [1e-2, -0.1, 5, -300]]]), 0.01);
    expectClose(valuesOf(v), [0.99, 2.01, 2.99, 4.01], 5e-6);
  });

  it('leaves alone what has no gradient', async () => {
    const v = variableOf([1, 2]);
    await new Adam().apply([v], gradientsOf([[v, [0, 0]]]), 0.01);
    expect([...valuesOf(v)]).toEqual([1, 2]);
  });

  it('follows its paper over many steps, with a changing learning rate', async () => {
    const v = variableOf([0.5]);
    const optimizer = new Adam();
    let [x, m, s] = [0.5, 0, 0];
    for (let t = 1; t <= 50; t++) {
      const [gradient, rate] = [Math.sin(t) + 0.2, 0.01 / t];
      await optimizer.apply([v], gradientsOf([[v, [gradient]]]), rate);
      m = 0.9 * m + 0.1 * gradient;
      s = 0.999 * s + 0.001 * gradient ** 2;
      x -= (rate * (m / (1 - 0.9 ** t))) / Math.sqrt(s / (1 - 0.999 ** t));
    }
    expect(valuesOf(v)[0]).toBeCloseTo(x, 5);
  });

  it('goes where TensorFlow.js’s own Adam goes', async () => {
    const random = createRandom(1);
    const numbers = (): number[] => Array.from({ length: 30 }, () => random.normal(0, 1));
    const start = numbers();
    const [ours, theirs] = [variableOf(start), variableOf(start)];
    const [own, reference] = [new Adam(), train.adam(0.003)];
    for (let step = 0; step < 5; step++) {
      const gradient = numbers();
      await own.apply([ours], gradientsOf([[ours, gradient]]), 0.003);
      reference.applyGradients([{ name: theirs.name, tensor: tensor(gradient) }]);
      expectClose(valuesOf(ours), valuesOf(theirs), 1e-5);
    }
    expect(Math.max(...start.map((value, n) => Math.abs(value - (valuesOf(ours)[n] as number))))).toBeGreaterThan(5e-3);
  });

  it('keeps a state for each variable', async () => {
    const [a, b] = [variableOf([0]), variableOf([0])];
    const alone = variableOf([0]);
    const [both, one] = [new Adam(), new Adam()];
    for (const gradient of [3, -1, 2]) {
      await both.apply(
        [a, b],
        gradientsOf([
          [a, [gradient]],
          [b, [-7]],
        ]),
        0.1,
      );
      await one.apply([alone], gradientsOf([[alone, [gradient]]]), 0.1);
    }
    expect(valuesOf(a)).toEqual(valuesOf(alone));
  });

  it('pulls weights towards 0: through the gradient (L2), or beside the step (AdamW)', async () => {
    const [coupled, decoupled] = [variableOf([2]), variableOf([2])];
    const base = { epsilonPlace: 'pytorch', weightDecay: 0.1 } as const;
    await new Adam({ kind: 'adam', ...base }).apply([coupled], gradientsOf([[coupled, [0]]]), 0.01);
    await new Adam({ kind: 'adamw', ...base }).apply([decoupled], gradientsOf([[decoupled, [0]]]), 0.01);
    // L2 alone makes a whole step; decoupled decay takes 0.01 · 0.1 of the weight.
    expect(valuesOf(coupled)[0]).toBeCloseTo(1.99, 6);
    expect(valuesOf(decoupled)[0]).toBeCloseTo(2 * 0.999, 6);
  });

  it('has ε where it is told to', async () => {
    const step = async (epsilonPlace: 'tensorflow' | 'pytorch'): Promise<number> => {
      const v = variableOf([0]);
      await new Adam({ kind: 'adam', epsilonPlace, epsilon: 1e-3 }).apply([v], gradientsOf([[v, [1e-3]]]), 1);
      return -(valuesOf(v)[0] as number);
    };
    // First step: √v is 1e-3 corrected, 1e-3 · √0.001 uncorrected.
    expect(await step('pytorch')).toBeCloseTo(1e-3 / (1e-3 + 1e-3), 5);
    expect(await step('tensorflow')).toBeCloseTo(Math.sqrt(0.001) / (Math.sqrt(0.001) + 1), 5);
  });

  it('forgets as fast as its β say', async () => {
    const v = variableOf([0]);
    const optimizer = new Adam({ kind: 'adam', epsilonPlace: 'pytorch', betas: [0, 0] });
    await optimizer.apply([v], gradientsOf([[v, [5]]]), 0.1);
    await optimizer.apply([v], gradientsOf([[v, [-0.01]]]), 0.1);
    // Each step is the sign of its own gradient.
    expect(valuesOf(v)[0]).toBeCloseTo(0, 5);
  });

  it('clips all gradients by their common norm, and leaves shorter ones alone', async () => {
    const run = async (clipNorm: number | undefined, scale: number): Promise<Float32Array[]> => {
      const both = [variableOf([1, 1]), variableOf([1])] as const;
      // ε so large that a step is in proportion to its gradient.
      const spec = { kind: 'adam', epsilonPlace: 'pytorch', epsilon: 1e6 } as const;
      const optimizer = new Adam(clipNorm === undefined ? spec : { ...spec, clipNorm });
      await optimizer.apply(
        both,
        gradientsOf([
          [both[0], [2 * scale, 3 * scale]],
          [both[1], [6 * scale]],
        ]),
        1e5,
      );
      return both.map(valuesOf);
    };
    // Norm 7.
    expect(await run(7, 1)).toEqual(await run(undefined, 1));
    expect(await run(3.5, 1)).toEqual(await run(undefined, 0.5));
    expect(await run(undefined, 0.5)).not.toEqual(await run(undefined, 1));
  });

  it('with clipping refuses a gradient that is not a number, before anything has moved', async () => {
    const v = variableOf([1, 2]);
    const optimizer = new Adam({ kind: 'adam', epsilonPlace: 'pytorch', clipNorm: 1 });
    await expect(optimizer.apply([v], gradientsOf([[v, [1, Number.NaN]]]), 0.1)).rejects.toMatchObject({ code: 'TRAINING_FAILED' });
    expect([...valuesOf(v)]).toEqual([1, 2]);
    expect(optimizer.state([v])).toEqual({ steps: 0, first: [new Float32Array(2)], second: [new Float32Array(2)] });
  });

  it.each([
    { betas: [1, 0.9] },
    { betas: [0.9, -0.1] },
    { epsilon: 0 },
    { weightDecay: -1 },
    { clipNorm: 0 },
    { clipNorm: Number.NaN },
  ] as const)('refuses %j', (changes) => {
    expect(() => new Adam({ kind: 'adam', epsilonPlace: 'pytorch', ...changes })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it.each([
    { kind: 'adam', epsilonPlace: 'tensorflow' },
    { kind: 'adam', epsilonPlace: 'pytorch', weightDecay: 0.01, clipNorm: 0.5 },
    { kind: 'adamw', epsilonPlace: 'pytorch', weightDecay: 0.1, betas: [0.5, 0.99] },
  ] as const)('goes on from its state as if it had never stopped: %j', async (spec) => {
    const [whole, broken] = [variableOf([1, -2]), variableOf([1, -2])];
    const [first, one, two] = [new Adam(spec), new Adam(spec), new Adam(spec)];
    const gradients = Array.from({ length: 6 }, (_, n) => [Math.sin(n), Math.cos(3 * n)]);
    for (const [n, gradient] of gradients.entries()) {
      await first.apply([whole], gradientsOf([[whole, gradient]]), 0.01);
      if (n === 3) two.restore([broken], structuredClone(one.state([broken])));
      await (n < 3 ? one : two).apply([broken], gradientsOf([[broken, gradient]]), 0.01);
    }
    expect(valuesOf(broken)).toEqual(valuesOf(whole));
  });

  it('keeps no tensors but the variables', async () => {
    const v = variableOf([1, 2]);
    const optimizer = new Adam();
    const before = memory().numTensors;
    for (let n = 0; n < 3; n++) await optimizer.apply([v], gradientsOf([[v, [1, 1]]]), 0.1);
    expect(memory().numTensors).toBe(before);
  });
});
