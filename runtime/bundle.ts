/**
 * A model bundle's files → a bundle that is checked, loaded and ready to segment.
 *
 * Where the files lie is not the runtime's business: a {@link BundleSource} reads them (a folder, a server).
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import { type ManifestStage, type ModelManifest, parseManifest } from '../core/model-manifest.ts';
import { inputShape, tileSize } from '../core/tile-stage.ts';
import type { Volume } from '../core/volume.ts';
import { networkSize } from '../preprocess/millimetre-grid.ts';
import type { SliceSize } from '../preprocess/resize.ts';
import { type Bundle, type BundleIdentity, bundleOf } from './loaded-bundle.ts';
import { type GoldenSlice, proveOnGolden } from './prove-golden.ts';
import type { OpenSessions, StageModel } from './session.ts';
import { sha256Hex } from './sha256.ts';

/** Name of the manifest in a bundle. */
export const MANIFEST_FILE = 'manifest.json';

export type { Bundle, LoadedStage } from './loaded-bundle.ts';

/** Reads files of one bundle by name; rejects where there is none. */
export interface BundleSource {
  readFile(name: string): Promise<Uint8Array>;
}

export interface LoadBundleOptions {
  /** The engine: `nodeSessions` or `webSessions`. */
  readonly openSessions: OpenSessions;
  /**
   * Reads the bundle's golden slice, and its labels where it has them: NIfTI files. Given, a provider is used only if it
   * gives the golden labels; left out, it must only run. (The runtime knows no file formats, so the caller brings the
   * reader.)
   */
  readonly readGolden?: (file: Uint8Array) => Volume;
}

/**
 * Reads and checks a bundle, and loads its networks on the first provider that proves itself.
 * @throws {VoxwatchError} `BUNDLE_NOT_FOUND` without a manifest; `BUNDLE_INVALID` if the manifest is wrong or a file is
 *   missing; `BUNDLE_CHECKSUM` if a file is not the one the manifest was written for; `PROVIDER_UNAVAILABLE`.
 */
export async function loadBundle(source: BundleSource, { openSessions, readGolden }: LoadBundleOptions): Promise<Bundle> {
  const identity = await readManifest(source);
  const { manifest } = identity;
  const models: StageModel[] = [];
  for (const stage of manifest.stages) models.push(await readStage(source, stage));
  const prove = readGolden && proveOnGolden(identity, await readGoldenSlice(source, manifest, readGolden));
  const opened = await openSessions(models, prove);
  return bundleOf(identity, opened);
}

/**
 * Reads a bundle's manifest alone.
 * @throws {VoxwatchError} `BUNDLE_NOT_FOUND`, `BUNDLE_INVALID`.
 */
export async function readManifest(source: BundleSource): Promise<BundleIdentity> {
  let bytes: Uint8Array;
  try {
    bytes = await source.readFile(MANIFEST_FILE);
  } catch (cause) {
    throw new VoxwatchError('BUNDLE_NOT_FOUND', `There is no model bundle there: it would hold a ${MANIFEST_FILE}.`, {}, cause);
  }
  return { manifest: parseManifest(new TextDecoder().decode(bytes)), manifestSha256: await sha256Hex(bytes) };
}

/** What a stage in millimetres is warmed up with: a slice as abdomens have it. */
const USUAL_PIXELS: SliceSize = [512, 512];
const USUAL_PIXEL_MM = 0.8;

async function readStage(source: BundleSource, stage: ManifestStage): Promise<StageModel> {
  const { name, int32 } = stage;
  const onnx = await readFile(source, `network of stage ${name}`, stage);
  if (stage.space === 'tiles') {
    const [, height, width] = tileSize(stage);
    const tile = { input: stage.input, output: stage.output, shape: inputShape(stage) };
    return { name, onnx, tile, warmUpPixels: [width, height] };
  }
  const variant = int32 && { int32Onnx: await readFile(source, `int32 network of stage ${name}`, int32) };
  if (stage.space === 'pixels') return { name, onnx, ...variant, warmUpPixels: stage.gridPixels };
  const warmUpGridPixels = networkSize(USUAL_PIXELS, [USUAL_PIXEL_MM, USUAL_PIXEL_MM], stage.spacingMm);
  return { name, onnx, ...variant, warmUpPixels: USUAL_PIXELS, warmUpGridPixels };
}

async function readGoldenSlice(
  source: BundleSource,
  { golden }: ModelManifest,
  readGolden: (file: Uint8Array) => Volume,
): Promise<GoldenSlice> {
  const volume = readGolden(await readFile(source, 'golden slice', golden));
  if (golden.labels === undefined) return { volume };
  const labels = Uint8Array.from(readGolden(await readFile(source, 'labels of the golden slice', golden.labels)).hu);
  if ((await sha256Hex(labels)) === golden.labelsSha256) return { volume, labels };
  throw new VoxwatchError('BUNDLE_INVALID', 'The labels of the golden slice in this bundle are not those of its manifest.');
}

async function readFile(
  source: BundleSource,
  what: string,
  { file, sha256 }: { readonly file: string; readonly sha256: string },
): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await source.readFile(file);
  } catch (cause) {
    throw new VoxwatchError('BUNDLE_INVALID', `The ${what} is missing from its bundle.`, {}, cause);
  }
  if ((await sha256Hex(bytes)) === sha256) return bytes;
  throw new VoxwatchError(
    'BUNDLE_CHECKSUM',
    `The ${what} is not the one its manifest was written for: the sha256 differs. Fetch the bundle again.`,
    { what },
  );
}
