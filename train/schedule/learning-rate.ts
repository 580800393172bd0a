/**
 * Step → learning rate, known beforehand. `reduce-on-plateau.ts` has a factor beside it that follows the validation.
 * @module
 */

export type LearningRateSpec =
  | { readonly kind: 'constant'; readonly rate: number }
  /** From the first rate to the last along half a cosine (Loshchilov & Hutter, arXiv:1608.03983, without restarts). */
  | { readonly kind: 'half-cosine'; readonly first: number; readonly last: number }
  /** first / (1 + decay · step): the `decay` that Keras's optimisers had. */
  | { readonly kind: 'inverse-time'; readonly first: number; readonly decay: number }
  /** Up along half a cosine for a share of the steps, then down almost to 0 (Smith, arXiv:1803.09820, as fastai has it). */
  | { readonly kind: 'one-cycle'; readonly highest: number; readonly warmUpShare: number };

/** fastai's: where a cycle begins and ends, as parts of its highest rate. */
const CYCLE_START = 1 / 25;
const CYCLE_END = 1e-5;

/**
 * @param step - Steps of the stretch that are done, 0 … steps − 1.
 * @param steps - Of the whole stretch.
 */
export function learningRateAt(spec: LearningRateSpec, step: number, steps: number): number {
  switch (spec.kind) {
    case 'constant':
      return spec.rate;
    case 'half-cosine':
      return halfCosine(spec, step, steps);
    case 'inverse-time':
      return spec.first / (1 + spec.decay * step);
    case 'one-cycle': {
      const { highest, warmUpShare } = spec;
      const warmUp = warmUpShare * steps;
      return step < warmUp
        ? halfCosine({ first: highest * CYCLE_START, last: highest }, step, warmUp)
        : halfCosine({ first: highest, last: highest * CYCLE_END }, step - warmUp, steps - warmUp);
    }
  }
}

function halfCosine({ first, last }: { readonly first: number; readonly last: number }, step: number, steps: number): number {
  return last + ((first - last) * (1 + Math.cos((Math.PI * step) / steps))) / 2;
}
