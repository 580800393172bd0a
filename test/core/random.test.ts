import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../core/random.ts';

const DRAWS = 50_000;

function draws(random: Random, draw: (random: Random) => number, count = DRAWS): number[] {
  return Array.from({ length: count }, () => draw(random));
}

function moments(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

const uniform = (random: Random): number => random.uniform(0, 1);

/** xoshiro128** 1.1 as its authors publish it, over SplitMix32, in BigInt so that no 32-bit trick is shared with ours. */
function reference(seed: bigint, count: number): number[] {
  const m = 0xffffffffn;
  let mixer = seed & m;
  const splitMix = (): bigint => {
    mixer = (mixer + 0x9e3779b9n) & m;
    let z = mixer;
    z = ((z ^ (z >> 16n)) * 0x21f0aaadn) & m;
    z = ((z ^ (z >> 15n)) * 0x735a2d97n) & m;
    return z ^ (z >> 15n);
  };
  const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & m;
  const s = [splitMix(), splitMix(), splitMix(), splitMix()] as [bigint, bigint, bigint, bigint];
  return Array.from({ length: count }, () => {
    const result = (rotate((s[1] * 5n) & m, 7n) * 9n) & m;
    const t = (s[1] << 9n) & m;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
    return Number(result) / 2 ** 32;
  });
}

describe('a stream of random numbers', () => {
  it('is xoshiro128** as its authors publish it', () => {
    // The empty stream's name hashes to FNV-1a's offset, which is mixed into the seed.
    expect(draws(createRandom(42), uniform, 1000)).toEqual(reference(42n ^ 0x811c9dc5n, 1000));
  });

  it('is the same for the same seed and name, and another for another', () => {
    const ten = (seed: number, name?: string): number[] => draws(createRandom(seed, name), uniform, 10);
    expect(ten(7, 'a')).toEqual(ten(7, 'a'));
    const firsts = [ten(7, 'a'), ten(8, 'a'), ten(7, 'b'), ten(7)].map(([first]) => first);
    expect(new Set(firsts).size).toBe(4);
  });

  it('forks into streams that do not depend on what was drawn before, nor on each other', () => {
    const untouched = createRandom(3, 'x');
    const used = createRandom(3, 'x');
    draws(used, uniform, 100);
    draws(used.fork('other'), uniform, 100);
    expect(draws(used.fork('child'), uniform, 10)).toEqual(draws(untouched.fork('child'), uniform, 10));
  });

  it('forks into streams that are not correlated with their parent or siblings', () => {
    const parent = createRandom(3, 'x');
    const streams = [parent, parent.fork('a'), parent.fork('b'), parent.fork('a').fork('b')].map((random) =>
      draws(random, uniform),
    );
    const correlation = (a: readonly number[], b: readonly number[]): number =>
      (12 * a.reduce((sum, value, n) => sum + (value - 0.5) * ((b[n] as number) - 0.5), 0)) / DRAWS;
    for (let p = 0; p < streams.length; p++)
      for (let q = 0; q < p; q++)
        expect(Math.abs(correlation(streams[p] as number[], streams[q] as number[])), `${p} and ${q}`).toBeLessThan(0.02);
  });

  it('gives uniform numbers: moments, ends, and as many in each tenth', () => {
    const values = draws(createRandom(1), uniform);
    const { mean, deviation } = moments(values);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(deviation).toBeCloseTo(Math.sqrt(1 / 12), 2);
    expect(Math.min(...values.slice(0, 10_000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values.slice(0, 10_000))).toBeLessThan(1);
    const tenths = new Array<number>(10).fill(0);
    for (const value of values) tenths[Math.floor(value * 10)] = (tenths[Math.floor(value * 10)] as number) + 1;
    for (const count of tenths) expect(Math.abs(count - DRAWS / 10)).toBeLessThan(5 * Math.sqrt(DRAWS / 10));
  });

  it('gives Gaussian numbers: mean, deviation, and the tails that belong to them', () => {
    const values = draws(createRandom(2), (random) => random.normal(10, 3));
    const { mean, deviation } = moments(values);
    expect(Math.abs(mean - 10)).toBeLessThan(0.06);
    expect(Math.abs(deviation - 3)).toBeLessThan(0.05);
    const beyondTwo = values.filter((value) => Math.abs(value - 10) > 6).length / DRAWS;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.005);
  });

  it('gives whole numbers with both ends, each as often', () => {
    const counts = new Map<number, number>();
    for (const value of draws(createRandom(4), (random) => random.integer(-2, 3))) counts.set(value, (counts.get(value) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
    for (const count of counts.values()) expect(Math.abs(count - DRAWS / 6)).toBeLessThan(5 * Math.sqrt(DRAWS / 6));
  });

  it('picks by weight, and never what weighs nothing', () => {
    const picked = draws(createRandom(5), (random) => random.pick([0, 1, 2], [1, 0, 3]));
    expect(picked.includes(1)).toBe(false);
    expect(Math.abs(picked.filter((value) => value === 2).length / DRAWS - 0.75)).toBeLessThan(0.01);
  });

  it('is even in the logarithm where that is asked', () => {
    const { mean } = moments(draws(createRandom(6), (random) => Math.log10(random.logUniform(1, 100))));
    expect(mean).toBeCloseTo(1, 2);
  });
});
