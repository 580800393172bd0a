/**
 * A bundle's golden slice → does this provider compute here what the bundle computed where it was made?
 *
 * A provider that loads and runs may still be wrong: a driver bug, a library of another version (one read garbage without
 * an error). So the whole bundle, post-processing included, segments its golden slice, and the digest of the labels
 * decides. Another processor may sum in another order, so where two classes are near a tie a voxel may fall the other way;
 * a few of those are let pass and counted. What they are counted against are the labels that the bundle brings; for a GPU
 * and a bundle that brings none, what the CPU gives here.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import type { Volume } from '../core/volume.ts';
import type { StageTiming } from './cascade.ts';
import { type BundleIdentity, bundleOf } from './loaded-bundle.ts';
import { type Segmentation, segment } from './segment.ts';
import type { ExecutionProvider, LoadedSessions, ProveSessions } from './sessions/session.ts';
import { sha256Hex } from './sha256.ts';

/** At most this share of a golden slice may be near ties on a GPU: 26 pixels of 512². */
export const MAX_NEAR_TIES = 1e-4;

/** As many voxels as this share of the golden foreground may differ on any machine; one at least. */
export const MAX_DIFFERING_FOREGROUND = 1e-3;

/** What a bundle gave for its golden slice where it was made. */
export interface GoldenLabels {
  readonly sha256: string;
  /** Absent in bundles that bring their digest alone. */
  readonly labels?: Uint8Array;
}

/** The slice that `manifest.golden` names. */
export interface GoldenSlice {
  readonly volume: Volume;
  /** What it must become: providers may run networks of different precision. */
  readonly labelsOn: (provider: ExecutionProvider) => GoldenLabels;
}

/** How labels differ from golden ones. */
export interface GoldenDifference {
  readonly differing: number;
  /** Of the golden labels. */
  readonly foreground: number;
  /** Whether no more differ than may. */
  readonly isNearTies: boolean;
}

/** Counts the voxels that differ; all of them where the labels are of another slice. */
export function goldenDifference(labels: Uint8Array, golden: Uint8Array): GoldenDifference {
  const foreground = golden.reduce((count, label) => count + (label === 0 ? 0 : 1), 0);
  const differing = labels.length === golden.length ? countDiffering(labels, golden) : labels.length;
  return { differing, foreground, isNearTies: differing <= Math.ceil(MAX_DIFFERING_FOREGROUND * foreground) };
}

/** The proof for {@link ProveSessions}. */
export function proveOnGolden(identity: BundleIdentity, golden: GoldenSlice): ProveSessions {
  const segmentBy = (sessions: LoadedSessions): Promise<Segmentation> =>
    segment(bundleOf(identity, { ...sessions, refused: [] }), golden.volume);
  const labelsBy = async (sessions: LoadedSessions): Promise<Uint8Array> => (await segmentBy(sessions)).labelMap.labels;

  return async (candidate, openCpu) => {
    const labels = await labelsBy(candidate);
    const pixels = labels.length;
    const expected = golden.labelsOn(candidate.provider);
    const isSame = (await sha256Hex(labels)) === expected.sha256;
    const isCpu = candidate.provider === 'cpu';
    const differing = isSame ? 0 : await differingLabels(labels, expected, isCpu ? undefined : openCpu);
    if (isCpu) return { golden: { pixels, differing }, warmMs: 0 };
    // The first run compiled kernels and chose algorithms; this one tells whether a GPU is behind it.
    const startedMs = performance.now();
    const { timings } = await segmentBy(candidate);
    const warmMs = (performance.now() - startedMs) / tilesRun(identity, timings.stages);
    return { golden: { pixels, differing }, warmMs };
  };

  /**
   * @param openCpu - For a second opinion on a GPU; absent where these are the labels of the CPU.
   * @throws {VoxwatchError} where more labels differ than near ties explain.
   */
  async function differingLabels(
    labels: Uint8Array,
    expected: GoldenLabels,
    openCpu: (() => Promise<LoadedSessions>) | undefined,
  ): Promise<number> {
    const pixels = labels.length;
    const nearTies = openCpu ? MAX_NEAR_TIES * pixels : 0;
    if (expected.labels !== undefined) {
      const { differing, isNearTies } = goldenDifference(labels, expected.labels);
      if (isNearTies || differing <= nearTies) return differing;
      throw unlike(
        `${differing} of the ${pixels} labels of the golden slice are not those that the bundle gave where it was made.`,
      );
    }
    if (!openCpu) throw unlike('The labels of the golden slice are not those that the bundle gave where it was made.');
    const differing = countDiffering(labels, await cpuLabels(openCpu));
    if (differing <= nearTies) return differing;
    throw unlike(`${differing} of the ${pixels} labels of the golden slice are not those of the CPU.`);
  }

  /** @throws {VoxwatchError} where even the CPU does not give the labels of the manifest: then nobody's can be believed. */
  async function cpuLabels(openCpu: () => Promise<LoadedSessions>): Promise<Uint8Array> {
    const cpu = await openCpu();
    try {
      const labels = await labelsBy(cpu);
      if ((await sha256Hex(labels)) === golden.labelsOn('cpu').sha256) return labels;
      throw unlike('The labels of the golden slice differ from those of the bundle, and so do those of the CPU.');
    } finally {
      await cpu.release();
    }
  }
}

/** How many tiles a bundle's golden slab took: networks made elsewhere may need many, and what counts is one. */
function tilesRun({ manifest }: BundleIdentity, timings: readonly StageTiming[]): number {
  const tiles = manifest.stages.map(({ space }, index) => (space === 'tiles' ? (timings[index]?.slices ?? 0) : 0));
  return Math.max(
    1,
    tiles.reduce((sum, count) => sum + count, 0),
  );
}

function countDiffering(a: Uint8Array, b: Uint8Array): number {
  let differing = 0;
  for (let p = 0; p < a.length; p++) if (a[p] !== b[p]) differing++;
  return differing;
}

function unlike(message: string): VoxwatchError {
  return new VoxwatchError('PROVIDER_UNAVAILABLE', message);
}
