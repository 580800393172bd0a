/**
 * Elastic deformation: white noise smoothed to a displacement of every pixel.
 *
 * Source: Simard, Steinkraus & Platt, "Best practices for convolutional neural networks applied to visual document
 * analysis", ICDAR 2003. Their α is stated here as what it makes: the displacement's standard deviation.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type FieldRules, type Range, rangeWithin } from './fields.ts';
import { convolve, gaussianKernel } from './smoothing.ts';

export interface Elastic {
  readonly kind: 'elastic';
  readonly probability: number;
  /** Standard deviation of the displacement along each axis, pixels of the sample; at most a third of the smoothness. */
  readonly displacementPixels: Range;
  /** Standard deviation of the bell that smooths the noise, pixels of the sample: what is farther apart moves by itself. */
  readonly smoothnessPixels: Range;
}

export const ELASTIC_RULES: FieldRules<Elastic> = {
  displacementPixels: rangeWithin(0, 64),
  smoothnessPixels: rangeWithin(2, 256),
};

/**
 * Largest displacement as a share of the smoothness. The displacement's slope has the standard deviation share / √2;
 * where it is below −1 the picture folds over, which at this share is four deviations off.
 */
export const MOST_DISPLACEMENT = 1 / 3;

/** How far each pixel of a sample moves before it is looked up, pixels of the sample, i fastest. */
export interface Displacement {
  readonly across: Float32Array;
  readonly down: Float32Array;
}

/** Nodes of the grid on which noise is smoothed for each smoothness: between them, linear is within a hundredth. */
const NODES_PER_SMOOTHNESS = 4;

export function drawDisplacement(
  random: Random,
  { displacementPixels, smoothnessPixels }: Elastic,
  size: readonly [number, number],
): Displacement {
  const deviation = random.uniform(...displacementPixels);
  const smoothness = random.uniform(...smoothnessPixels);
  const draw = (axis: string): Float32Array => {
    const field = smoothNoise(random.fork(axis), size, smoothness);
    return Float32Array.from(field, (value) => value * deviation);
  };
  return { across: draw('across'), down: draw('down') };
}

/** White noise under a bell, its standard deviation 1 everywhere. */
function smoothNoise(random: Random, [width, height]: readonly [number, number], smoothness: number): Float64Array {
  const step = Math.max(1, smoothness / NODES_PER_SMOOTHNESS);
  // One more than the last pixel needs, so that every pixel has a node on its right and one below.
  const nodes = [Math.floor((width - 1) / step) + 2, Math.floor((height - 1) / step) + 2] as const;
  const kernel = gaussianKernel(smoothness / step);
  const margin = kernel.length - 1;
  const white = Float64Array.from({ length: (nodes[0] + margin) * (nodes[1] + margin) }, () => random.normal(0, 1));
  const coarse = convolve(white, nodes, kernel);
  // A node is a sum of independent numbers: its variance is the sum of the squared weights, of both axes.
  const deviation = kernel.reduce((sum, weight) => sum + weight * weight, 0);
  const out = new Float64Array(width * height);
  for (let v = 0, p = 0; v < height; v++) {
    const j = Math.floor(v / step);
    const down = v / step - j;
    for (let u = 0; u < width; u++, p++) {
      const i = Math.floor(u / step);
      const across = u / step - i;
      const q = j * nodes[0] + i;
      const r = q + nodes[0];
      const upper = (coarse[q] as number) * (1 - across) + (coarse[q + 1] as number) * across;
      const lower = (coarse[r] as number) * (1 - across) + (coarse[r + 1] as number) * across;
      out[p] = (upper * (1 - down) + lower * down) / deviation;
    }
  }
  return out;
}
