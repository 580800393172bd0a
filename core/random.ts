/**
 * A seeded source of random numbers: the same seed gives the same phantoms, batches and augmentations everywhere.
 *
 * Generator: xoshiro128** 1.1 (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2021), seeded
 * through SplitMix32. Exact in 32-bit integer arithmetic, so it does not depend on the machine.
 * @module
 */

/** Draws from one stream. Streams of different names under one seed do not depend on each other's length. */
export interface Random {
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** Uniform in its logarithm, [low, high), both > 0. */
  logUniform(low: number, high: number): number;
  /** Gaussian. */
  normal(mean: number, standardDeviation: number): number;
  /** Whole number in [low, high], both ends included. */
  integer(low: number, high: number): number;
  chance(probability: number): boolean;
  /** One of the values; weights default to equal ones. */
  pick<T>(values: readonly T[], weights?: readonly number[]): T;
  /** An independent stream, named so that adding draws elsewhere does not shift it. */
  fork(name: string): Random;
  /** Plain data, for another thread: {@link createRandom} makes of it this stream from its beginning, whatever was drawn. */
  readonly origin: RandomOrigin;
}

export interface RandomOrigin {
  readonly seed: number;
  readonly stream: string;
}

export function createRandom(seed: number, stream = ''): Random {
  let mixer = (seed ^ hash(stream)) >>> 0;
  const splitMix = (): number => {
    mixer = (mixer + 0x9e3779b9) >>> 0;
    let z = mixer;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [splitMix(), splitMix(), splitMix(), splitMix()];
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result / 4294967296;
  };
  const random: Random = {
    uniform: (low, high) => low + (high - low) * next(),
    logUniform: (low, high) => Math.exp(Math.log(low) + (Math.log(high) - Math.log(low)) * next()),
    // Box–Muller; 1 − u keeps the logarithm finite.
    normal: (mean, standardDeviation) =>
      mean + standardDeviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    integer: (low, high) => low + Math.floor((high - low + 1) * next()),
    chance: (probability) => next() < probability,
    pick: (values, weights) => {
      if (!weights) return values[Math.floor(values.length * next())] as (typeof values)[number];
      let rest = next() * weights.reduce((sum, weight) => sum + weight, 0);
      const index = weights.findIndex((weight) => {
        rest -= weight;
        return rest < 0;
      });
      return values[index < 0 ? values.length - 1 : index] as (typeof values)[number];
    },
    fork: (name) => createRandom(seed, `${stream}/${name}`),
    origin: { seed, stream },
  };
  return random;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** The values in a random order; those given stay as they are. */
export function shuffled<T>(random: Random, values: readonly T[]): T[] {
  const order = [...values];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}
