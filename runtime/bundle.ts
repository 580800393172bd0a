/**
 * A model bundle's files → a bundle that is checked, loaded and ready to segment.
 *
 * Where the files lie is not the runtime's business: a {@link BundleSource} reads them (a folder, a server).
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import { type ManifestStage, type ModelManifest, parseManifest } from '../core/model-manifest.ts';
import type { PrecisionChoice } from '../core/model-variants.ts';
import { inputShape, tileSize } from '../core/tile-stage.ts';
import type { Volume } from '../core/volume.ts';
import { networkSize } from '../preprocess/millimetre-grid.ts';
import type { SliceSize } from '../preprocess/resize.ts';
import { type Bundle, type BundleIdentity, bundleOf } from './loaded-bundle.ts';
import { type GoldenLabels, type GoldenSlice, proveOnGolden } from './prove-golden.ts';
import { EXECUTION_PROVIDERS, type OpenSessions, type StageModel } from './sessions/session.ts';
import { sha256Hex } from './sha256.ts';
import { type BundleFile, precisionByProvider, readNetworks } from './stage-networks.ts';

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
  /** @defaultValue `auto`: what the bundle says for the provider, which is fp32 where it says nothing. */
  readonly precision?: PrecisionChoice;
}

/**
 * Reads and checks a bundle, and loads its networks on the first provider that proves itself.
 * @throws {VoxwatchError} `BUNDLE_NOT_FOUND` without a manifest; `BUNDLE_INVALID` if the manifest is wrong or a file is
 *   missing; `BUNDLE_CHECKSUM` if a file is not the one the manifest was written for; `PRECISION_UNAVAILABLE`;
 *   `PROVIDER_UNAVAILABLE`.
 */
export async function loadBundle(
  source: BundleSource,
  { openSessions, readGolden, precision = 'auto' }: LoadBundleOptions,
): Promise<Bundle> {
  const identity = await readManifest(source);
  const { manifest } = identity;
  const precisionOf = precisionByProvider(manifest, precision);
  const models: StageModel[] = [];
  for (const stage of manifest.stages) models.push(await readStage(source, stage, precisionOf));
  const prove = readGolden && proveOnGolden(identity, await readGoldenSlice(source, { manifest, precisionOf }, readGolden));
  const opened = await openSessions(models, prove);
  return bundleOf(identity, opened, precisionOf);
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

type PrecisionOf = Bundle['precisionOf'];

async function readStage(source: BundleSource, stage: ManifestStage, precisionOf: PrecisionOf): Promise<StageModel> {
  const { name } = stage;
  const networks = await readNetworks(stage, precisionOf, (file) => readFile(source, file));
  if (stage.space === 'tiles') {
    const [, height, width] = tileSize(stage);
    const tile = { input: stage.input, output: stage.output, shape: inputShape(stage) };
    return { name, ...networks, tile, warmUpPixels: [width, height] };
  }
  if (stage.space === 'pixels') return { name, ...networks, warmUpPixels: stage.gridPixels };
  const warmUpGridPixels = networkSize(USUAL_PIXELS, [USUAL_PIXEL_MM, USUAL_PIXEL_MM], stage.spacingMm);
  return { name, ...networks, warmUpPixels: USUAL_PIXELS, warmUpGridPixels, gridMultiple: stage.multipleOf };
}

async function readGoldenSlice(
  source: BundleSource,
  { manifest, precisionOf }: { readonly manifest: ModelManifest; readonly precisionOf: PrecisionOf },
  readGolden: (file: Uint8Array) => Volume,
): Promise<GoldenSlice> {
  const { golden, variants = [] } = manifest;
  const volume = readGolden(await readFile(source, { what: 'golden slice', ...golden }));
  const labelsOf = async ({ labels, labelsSha256 }: Pick<ModelManifest['golden'], 'labels' | 'labelsSha256'>) => {
    if (labels === undefined) return { sha256: labelsSha256 };
    const file = await readFile(source, { what: 'labels of the golden slice', ...labels });
    const stored = Uint8Array.from(readGolden(file).hu);
    if ((await sha256Hex(stored)) === labelsSha256) return { sha256: labelsSha256, labels: stored };
    throw new VoxwatchError('BUNDLE_INVALID', 'The labels of the golden slice in this bundle are not those of its manifest.');
  };
  const labels: Partial<Record<(typeof EXECUTION_PROVIDERS)[number], GoldenLabels>> = {};
  for (const provider of EXECUTION_PROVIDERS) {
    const variant = variants.find(({ precision }) => precision === precisionOf(provider));
    labels[provider] = await labelsOf(variant?.golden ?? golden);
  }
  return { volume, labelsOn: (provider) => labels[provider] as GoldenLabels };
}

async function readFile(source: BundleSource, { what, file, sha256 }: BundleFile): Promise<Uint8Array> {
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
