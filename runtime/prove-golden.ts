/**
 * A bundle's golden slice → does this provider compute here what the bundle computed where it was made?
 *
 * A provider that loads and runs may still be wrong: a driver bug, a library of another version (one read garbage without
 * an error). So the whole bundle, post-processing included, segments its golden slice, and the digest of the labels
 * decides. A GPU sums in another order than the CPU, so where two classes are near a tie a pixel may fall the other way;
 * only then is the slice segmented on the CPU too, and a few such pixels are let pass and counted.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import type { Volume } from '../core/volume.ts';
import { type BundleIdentity, bundleOf } from './loaded-bundle.ts';
import { segment } from './segment.ts';
import type { GoldenProof, LoadedSessions, ProveSessions } from './session.ts';
import { sha256Hex } from './sha256.ts';

/** At most this share of a golden slice may be near ties: 26 pixels of 512². */
export const MAX_NEAR_TIES = 1e-4;

/**
 * The proof for {@link ProveSessions}.
 * @param golden - The slice that `manifest.golden` names.
 */
export function proveOnGolden(identity: BundleIdentity, golden: Volume): ProveSessions {
  const { labelsSha256 } = identity.manifest.golden;
  const labelsBy = async (sessions: LoadedSessions): Promise<Uint8Array> =>
    (await segment(bundleOf(identity, { ...sessions, refused: [] }), golden)).labelMap.labels;

  return async (candidate, openCpu) => {
    const labels = await labelsBy(candidate);
    const pixels = labels.length;
    const isSame = (await sha256Hex(labels)) === labelsSha256;
    if (candidate.provider === 'cpu') {
      if (!isSame) throw unlike('The labels of the golden slice are not those that the bundle gave where it was made.');
      return { golden: { pixels, differing: 0 }, warmMs: 0 };
    }
    const proof: GoldenProof = { pixels, differing: isSame ? 0 : countDiffering(labels, await cpuLabels(openCpu)) };
    if (proof.differing > MAX_NEAR_TIES * pixels) {
      throw unlike(`${proof.differing} of the ${pixels} labels of the golden slice are not those of the CPU.`);
    }
    // The first run compiled kernels and chose algorithms; this one tells whether a GPU is behind it.
    const startedMs = performance.now();
    await labelsBy(candidate);
    return { golden: proof, warmMs: performance.now() - startedMs };
  };

  /** @throws {VoxwatchError} where even the CPU does not give the labels of the manifest: then nobody's can be believed. */
  async function cpuLabels(openCpu: () => Promise<LoadedSessions>): Promise<Uint8Array> {
    const cpu = await openCpu();
    try {
      const labels = await labelsBy(cpu);
      if ((await sha256Hex(labels)) === labelsSha256) return labels;
      throw unlike('The labels of the golden slice differ from those of the bundle, and so do those of the CPU.');
    } finally {
      await cpu.release();
    }
  }
}

function countDiffering(a: Uint8Array, b: Uint8Array): number {
  let differing = 0;
  for (let p = 0; p < a.length; p++) if (a[p] !== b[p]) differing++;
  return differing;
}

function unlike(message: string): VoxwatchError {
  return new VoxwatchError('PROVIDER_UNAVAILABLE', message);
}
