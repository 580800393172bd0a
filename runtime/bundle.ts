/**
 * A model bundle's files → a bundle that is checked, loaded and ready to segment.
 *
 * Where the files lie is not the runtime's business: a {@link BundleSource} reads them (a folder, a server).
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import { type ManifestStage, type ModelManifest, parseManifest } from '../core/model-manifest.ts';
import type { ExecutionProvider, InferenceSession, OpenSessions, RefusedProvider } from './session.ts';

/** Name of the manifest in a bundle. */
export const MANIFEST_FILE = 'manifest.json';

/** Reads files of one bundle by name; rejects where there is none. */
export interface BundleSource {
  readFile(name: string): Promise<Uint8Array>;
}

/** A stage and its network. */
export interface LoadedStage {
  readonly manifest: ManifestStage;
  readonly session: InferenceSession;
}

/** A bundle in memory. Must be released. */
export interface Bundle {
  readonly manifest: ModelManifest;
  /** Digest of the manifest, which holds the digests of everything else. */
  readonly manifestSha256: string;
  readonly stages: readonly LoadedStage[];
  readonly provider: { readonly name: ExecutionProvider; readonly refused: readonly RefusedProvider[] };
  readonly batchSlices: number;
  release(): Promise<void>;
}

export interface LoadBundleOptions {
  /** The engine. Default: onnxruntime-node with the provider choice `auto`. */
  readonly openSessions?: OpenSessions;
}

/**
 * Reads and checks a bundle, and loads its networks.
 * @throws {VoxwatchError} `BUNDLE_NOT_FOUND` without a manifest; `BUNDLE_INVALID` if the manifest is wrong or a stage's
 *   file is missing; `BUNDLE_CHECKSUM` if a stage is not the one the manifest was written for; `PROVIDER_UNAVAILABLE`.
 */
export async function loadBundle(source: BundleSource, { openSessions }: LoadBundleOptions = {}): Promise<Bundle> {
  const { manifest, manifestSha256 } = await readManifest(source);
  const models = [];
  for (const stage of manifest.stages) models.push({ onnx: await readStage(source, stage), warmUpPixels: stage.gridPixels });
  const { sessions, provider, refused, batchSlices } = await (openSessions ?? (await defaultSessions()))(models);
  return {
    manifest,
    manifestSha256,
    stages: manifest.stages.map((stage, index) => ({ manifest: stage, session: sessions[index] as InferenceSession })),
    provider: { name: provider, refused },
    batchSlices,
    release: async () => void (await Promise.all(sessions.map((session) => session.release()))),
  };
}

/**
 * Reads a bundle's manifest alone.
 * @throws {VoxwatchError} `BUNDLE_NOT_FOUND`, `BUNDLE_INVALID`.
 */
export async function readManifest(source: BundleSource): Promise<{ manifest: ModelManifest; manifestSha256: string }> {
  let bytes: Uint8Array;
  try {
    bytes = await source.readFile(MANIFEST_FILE);
  } catch (cause) {
    throw new VoxwatchError('BUNDLE_NOT_FOUND', `There is no model bundle there: it would hold a ${MANIFEST_FILE}.`, {}, cause);
  }
  return { manifest: parseManifest(new TextDecoder().decode(bytes)), manifestSha256: await sha256Hex(bytes) };
}

async function readStage(source: BundleSource, stage: ManifestStage): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await source.readFile(stage.file);
  } catch (cause) {
    throw new VoxwatchError('BUNDLE_INVALID', `The network of stage ${stage.name} is missing from its bundle.`, {}, cause);
  }
  if ((await sha256Hex(bytes)) !== stage.sha256) {
    throw new VoxwatchError(
      'BUNDLE_CHECKSUM',
      `The network of stage ${stage.name} is not the one its manifest was written for: the sha256 differs. Fetch the bundle again.`,
      { stage: stage.name },
    );
  }
  return bytes;
}

async function defaultSessions(): Promise<OpenSessions> {
  const { nodeSessions, providersOf } = await import('./session-node.ts');
  return nodeSessions({ providers: providersOf('auto') });
}

/** sha256 in lower-case hex, by WebCrypto: the same in Node and in a browser. */
async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
