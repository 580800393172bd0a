/**
 * The files of a bundle and what is to be added → the files of the amended bundle.
 *
 * Networks stay what they are: their files are written again with what is stored beside the weights today, variants are
 * made of them, and what the whole bundle gives in each precision is measured before the manifest says it.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { ModelDomain } from '../../core/model-domain.ts';
import {
  type FusedStage,
  type ManifestStage,
  type ModelManifest,
  parseManifest,
  type TrainedManifest,
  trainedManifest,
} from '../../core/model-manifest.ts';
import type { BundleVariant, DefaultPrecision, StageVariant, VariantPrecision } from '../../core/model-variants.ts';
import type { ReplaySlice } from '../../core/parity-certificate.ts';
import { BUNDLE_FILES, encodeManifest, type GoldenResult, sha256Hex } from '../bundle.ts';
import { modelCard } from '../model-card.ts';
import { decodeModel } from '../onnx/decode.ts';
import { encodeModel } from '../onnx/encode.ts';
import type { StoredStage } from '../replay/replay-stage.ts';
import type { PlacedSlice } from '../replay/replay-values.ts';
import { storedStages } from '../replay/stored-stages.ts';
import { stageMetadata } from '../stage-metadata.ts';
import { makeStageVariant, type StageSlices, type VariantEngine } from './stage-variant.ts';
import { requireSameProbabilities, toWebgpuMillimetreStage } from './webgpu-millimetre-stage.ts';
import { requireSameLabels, toWebgpuStage } from './webgpu-stage.ts';

export interface Amendments {
  readonly precisions: readonly VariantPrecision[];
  readonly defaultPrecision?: DefaultPrecision;
  /** Whether stages get networks for WebGPU. */
  readonly hasWebgpu: boolean;
  readonly domain?: ModelDomain;
  readonly softwareVersion: string;
}

/** Runs networks and bundles: export itself may not know an engine. */
export interface AmendEngine extends VariantEngine {
  /** What each stage sees of the scans that variants are calibrated and compared on. */
  slicesOf(stage: FusedStage): StageSlices;
  /** What a bundle gives for a golden slice, in a precision. */
  segmentGolden(files: BundleFiles, golden: Uint8Array, precision: 'fp32' | VariantPrecision): Promise<GoldenResult>;
  /** Slices of a golden slice that the bundle's certificate names. */
  replaySlices(golden: Uint8Array, places: readonly ReplaySlice[]): readonly PlacedSlice[];
  /** What a bundle gives in a precision beside fp32, over whole scans. */
  compareBundle(files: BundleFiles, precision: VariantPrecision): Promise<BundleVariant['results']>;
}

/** Files of a bundle by name. */
export type BundleFiles = ReadonlyMap<string, Uint8Array>;

const PENDING_SHA256 = '0'.repeat(64);

/**
 * Amends a bundle.
 * @param files - All of the bundle, its manifest among them; not modified.
 * @returns all files of the amended one, the manifest last.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for networks that cannot have what is asked; `PARITY_FAILED` where the bundle
 *   no longer gives its golden labels; `BUNDLE_INVALID`, also where a variant that loses too much is to be a default.
 */
export async function amendBundle(files: BundleFiles, amendments: Amendments, engine: AmendEngine): Promise<BundleFiles> {
  const before = trainedManifest(parseManifest(new TextDecoder().decode(fileOf(files, BUNDLE_FILES.manifest))));
  const written = new Map(files);
  for (const name of filesOfNetworks(before)) written.delete(name);
  written.delete(BUNDLE_FILES.manifest);
  const slice = fileOf(files, before.golden.file);
  const { replay } = before.parity;
  const stored = replay
    ? storedStages(before, fileOf(files, replay.file), (places) => engine.replaySlices(slice, places))
    : new Map<string, StoredStage>();
  const stages: ManifestStage[] = [];
  for (const stage of before.stages)
    stages.push(await amendStage(before, fused(stage), { files, written, amendments, engine, stored }));
  const { variants: _, defaultPrecision: __, domain: oldDomain, ...kept } = before;
  const domain = amendments.domain ?? oldDomain;
  const amended = (variants: readonly BundleVariant[], defaults?: DefaultPrecision): ModelManifest =>
    parseManifest(
      JSON.stringify({
        ...kept,
        ...(domain ? { domain } : {}),
        stages,
        ...(variants.length > 0 ? { variants } : {}),
        ...(defaults ? { defaultPrecision: defaults } : {}),
      }),
    );
  const drafted = (variants: readonly BundleVariant[]): BundleFiles =>
    new Map(written).set(BUNDLE_FILES.manifest, encodeManifest(amended(variants)));
  const pending = amendments.precisions.map(draftVariant);
  const fp32 = await engine.segmentGolden(drafted(pending), slice, 'fp32');
  if (sha256Hex(fp32.labels) !== before.golden.labelsSha256)
    throw new VoxwatchError(
      'PARITY_FAILED',
      'The amended bundle does not give its golden labels on this machine: see voxwatch verify.',
    );
  if (before.golden.labels === undefined) written.set(BUNDLE_FILES.goldenLabels, fp32.nifti);
  const storedLabels = before.golden.labels ?? { file: BUNDLE_FILES.goldenLabels, sha256: sha256Hex(fp32.nifti) };
  const variants: BundleVariant[] = [];
  for (const precision of amendments.precisions) {
    const draft = drafted(pending);
    const golden = await engine.segmentGolden(draft, slice, precision);
    const file = `golden-labels-${precision}.nii.gz`;
    written.set(file, golden.nifti);
    const results = await engine.compareBundle(draft, precision);
    const labels = { file, sha256: sha256Hex(golden.nifti) };
    variants.push({
      precision,
      golden: { labelsSha256: sha256Hex(golden.labels), labels },
      results,
      largestLoss: largestLoss(results),
    });
  }
  const { golden, ...rest } = amended(variants, amendments.defaultPrecision);
  const manifest = { ...rest, golden: { ...golden, labels: storedLabels } };
  written.set(BUNDLE_FILES.modelCard, new TextEncoder().encode(modelCard(manifest)));
  return written.set(BUNDLE_FILES.manifest, encodeManifest(manifest));
}

/**
 * By how much Dice against a truth fell most. Where no truth is known at all, a variant may lose whatever it does not share with
 * fp32. Four digits, as more would be noise.
 */
export function largestLoss(results: BundleVariant['results']): number {
  const losses = results.flatMap(({ fp32Dice, variantDice }) =>
    fp32Dice === undefined || variantDice === undefined ? [] : [fp32Dice - variantDice],
  );
  const unshared = losses.length > 0 ? [] : results.map(({ agreement }) => 1 - agreement);
  return Number(Math.max(0, ...losses, ...unshared).toFixed(4));
}

async function amendStage(
  bundle: TrainedManifest,
  stage: FusedStage,
  {
    files,
    written,
    amendments,
    engine,
    stored,
  }: {
    readonly files: BundleFiles;
    readonly written: Map<string, Uint8Array>;
    readonly amendments: Amendments;
    readonly engine: AmendEngine;
    readonly stored: ReadonlyMap<string, StoredStage>;
  },
): Promise<FusedStage> {
  const { int32: _, variants: __, ...kept } = stage;
  const onnx = stamped(bundle, stage, { onnx: fileOf(files, stage.file), softwareVersion: amendments.softwareVersion });
  const put = (file: string, bytes: Uint8Array) => {
    written.set(file, bytes);
    return { file, sha256: sha256Hex(bytes) };
  };
  const stem = stage.file.replace(/\.onnx$/, '');
  const limits = bundle.parity.replay?.stages.find((one) => one.stage === stage.name)?.limits;
  const ownStored = stored.get(stage.name);
  const int32 = async (name: string, bytes: Uint8Array) => {
    if (!amendments.hasWebgpu) return {};
    if (ownStored === undefined)
      throw new VoxwatchError('EXPORT_UNSUPPORTED', 'This bundle has no slices to prove a network for WebGPU on: export it anew.');
    return { int32: put(`${name}.int32.onnx`, await webgpuNetwork(stage, bytes, ownStored, engine)) };
  };
  const parity = ownStored && limits ? { stored: ownStored, limits } : undefined;
  const variants: StageVariant[] = [];
  for (const precision of amendments.precisions) {
    const made = await makeStageVariant(stage, onnx, { precision, inputs: engine.slicesOf(stage), engine, parity });
    const name = `${stem}.${precision}`;
    variants.push({
      precision,
      ...put(`${name}.onnx`, made.onnx),
      ...(await int32(name, made.onnx)),
      certificate: made.certificate,
    });
  }
  return { ...kept, ...put(stage.file, onnx), ...(await int32(stem, onnx)), ...(variants.length > 0 ? { variants } : {}) };
}

/** The file for WebGPU, held against the one that it is made of. */
async function webgpuNetwork(
  stage: FusedStage,
  onnx: Uint8Array,
  { channels, slices }: StoredStage,
  engine: AmendEngine,
): Promise<Uint8Array> {
  if (stage.space === 'pixels') {
    const webgpu = toWebgpuStage(onnx, channels);
    await requireSameLabels({ onnx, webgpu }, slices, engine);
    return webgpu;
  }
  const webgpu = toWebgpuMillimetreStage(onnx, channels, stage);
  await requireSameProbabilities({ onnx, webgpu }, slices, engine);
  return webgpu;
}

/** The file with what is stored beside the weights today. */
function stamped(
  bundle: TrainedManifest,
  stage: FusedStage,
  { onnx, softwareVersion }: { readonly onnx: Uint8Array; readonly softwareVersion: string },
): Uint8Array {
  const { name, intensity } = stage;
  const facts =
    stage.space === 'pixels'
      ? { name, intensity, labels: stage.outputLabels }
      : { name, intensity, labels: stage.outputs.map(({ label }) => label), spacingMm: stage.spacingMm };
  return encodeModel({ ...decodeModel(onnx), producerVersion: softwareVersion, metadata: stageMetadata(bundle, facts) });
}

function fused(stage: ManifestStage): FusedStage {
  if (stage.space !== 'tiles') return stage;
  throw new VoxwatchError('EXPORT_UNSUPPORTED', `The network of stage ${stage.name} was made elsewhere: it stays as it is.`);
}

/** Stands in a draft until it is measured. */
function draftVariant(precision: VariantPrecision): BundleVariant {
  const golden = { labelsSha256: PENDING_SHA256, labels: { file: 'pending', sha256: PENDING_SHA256 } };
  return { precision, golden, results: [{ of: 'pending', on: 'pending', cases: 1, agreement: 0 }], largestLoss: 0 };
}

function filesOfNetworks({ stages, variants = [] }: ModelManifest): string[] {
  const ofStages = stages.flatMap(({ file, int32, variants: own = [] }) => [
    file,
    ...(int32 ? [int32.file] : []),
    ...own.flatMap((variant) => [variant.file, ...(variant.int32 ? [variant.int32.file] : [])]),
  ]);
  return [...ofStages, ...variants.map(({ golden }) => golden.labels.file)];
}

function fileOf(files: BundleFiles, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw new VoxwatchError('BUNDLE_INVALID', `A file of this bundle is missing: ${name}.`);
  return bytes;
}
