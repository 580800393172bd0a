/**
 * Whether a transform is applied to a sample.
 * @module
 */
import type { Random } from '../../core/random.ts';

/** Draws once where it may go either way, and not at all where it is certain. */
export function happens(random: Random, { probability }: { readonly probability: number }): boolean {
  return probability >= 1 || random.chance(probability);
}
