/**
 * Which execution providers give the golden labels here, and why not the others?
 * @module
 */
import { failed, ok, type Point, warning } from '../point.ts';
import type { ProviderProbe } from '../probe-provider.ts';

export interface ProviderFacts {
  readonly hasGpu: boolean;
  readonly probes: readonly ProviderProbe[];
}

/** One point a provider. The CPU must work; a GPU should, where there is one. */
export function checkProviders({ hasGpu, probes }: ProviderFacts): readonly Point[] {
  const isGpuUsed = probes.some(({ provider, refusal }) => provider !== 'cpu' && refusal === undefined);
  return probes.map(({ provider, refusal, golden }) => {
    const title = `provider ${provider}`;
    if (refusal === undefined) return ok(title, `gives the golden labels${differing(golden?.differing ?? 0)}`);
    if (provider === 'cpu') return failed(title, refusal, 'Run npm ci, then voxwatch verify on the bundle.');
    if (provider === 'cuda' && hasGpu && !isGpuUsed) {
      return warning(title, refusal, 'Mend the points on GPU and CUDA libraries; until then networks run on the CPU.');
    }
    return ok(title, `not used here: ${refusal}`);
  });
}

function differing(pixels: number): string {
  return pixels === 0 ? '' : `, but for ${pixels} near ties`;
}
