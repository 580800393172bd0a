/**
 * Gradient clipping by the norm over all variables (Pascanu et al., arXiv:1211.5063).
 * @module
 */

/** √Σg² over all arrays; not a finite number where a gradient is none. */
export function globalNorm(gradients: readonly Float32Array[]): number {
  let sum = 0;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) sum += (gradient[i] as number) ** 2;
  return Math.sqrt(sum);
}

/** Factor that makes gradients of `norm` at most `clipNorm` long, in (0, 1]. */
export function clipScale(norm: number, clipNorm: number): number {
  return norm > clipNorm ? clipNorm / norm : 1;
}
