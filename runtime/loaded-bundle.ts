/**
 * A bundle in memory: its manifest, and a session for each of its stages.
 * @module
 */
import type { ManifestStage, ModelManifest } from '../core/model-manifest.ts';
import type { Precision } from '../core/model-variants.ts';
import type {
  ExecutionProvider,
  GoldenProof,
  InferenceSession,
  MemorySetback,
  OpenedSessions,
  RefusedProvider,
} from './sessions/session.ts';

/** A stage and its network. */
export interface LoadedStage {
  readonly manifest: ManifestStage;
  readonly session: InferenceSession;
}

/** What a bundle is, without its networks. */
export interface BundleIdentity {
  readonly manifest: ModelManifest;
  /** Digest of the manifest, which holds the digests of everything else. */
  readonly manifestSha256: string;
}

/** A bundle in memory. Must be released. */
export interface Bundle extends BundleIdentity {
  readonly stages: readonly LoadedStage[];
  readonly provider: {
    /** The one that runs. */
    readonly name: ExecutionProvider;
    /** Those asked before it, with their reasons. */
    readonly refused: readonly RefusedProvider[];
    /** How it did on the golden slice; absent where the bundle was loaded without a reader for it. */
    readonly golden?: GoldenProof;
  };
  /** Which precision of the networks runs on a provider. */
  readonly precisionOf: (provider: ExecutionProvider) => Precision;
  readonly batchSlices: number;
  /** As {@link OpenedSessions.memorySetback}. */
  readonly memorySetback?: () => MemorySetback | undefined;
  release(): Promise<void>;
}

/**
 * @param opened - One session a stage, in the order of the manifest.
 * @param precisionOf - What was loaded. @defaultValue fp32 everywhere
 */
export function bundleOf(
  { manifest, manifestSha256 }: BundleIdentity,
  opened: OpenedSessions,
  precisionOf: Bundle['precisionOf'] = () => 'fp32',
): Bundle {
  const { provider: name, refused, golden, sessions, batchSlices, memorySetback } = opened;
  return {
    manifest,
    manifestSha256,
    stages: manifest.stages.map((stage, index) => ({ manifest: stage, session: sessions[index] as InferenceSession })),
    provider: { name, refused, ...(golden ? { golden } : {}) },
    precisionOf,
    batchSlices,
    ...(memorySetback ? { memorySetback } : {}),
    release: () => opened.release(),
  };
}
