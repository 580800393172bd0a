/**
 * Trained stages and the facts about them → the files of a model bundle.
 *
 * A bundle is written only after its graphs were found to compute what was trained, and its manifest last, so a folder
 * with a manifest is a whole bundle. The same weights and facts give the same bytes.
 * @module
 */
import { createHash } from 'node:crypto';
import { getBackend, version_core } from '@tensorflow/tfjs-core';
import { VoxwatchError } from '../core/errors.ts';
import {
  MANIFEST_SCHEMA_VERSION,
  type ManifestStage,
  type ModelManifest,
  parseManifest,
  type TrainedManifest,
} from '../core/model-manifest.ts';
import type { ParityResult } from '../core/parity-certificate.ts';
import { type BundleStage, exportStage, type StageEngine } from './bundle-stage.ts';
import { modelCard } from './model-card.ts';
import { makeReplay } from './replay/make-replay.ts';
import type { ReplayEngine } from './replay/replay-stage.ts';
import type { PlacedSlice } from './replay/replay-values.ts';

export type { BundleStage } from './bundle-stage.ts';

/** Names of the files that are not a stage. */
export const BUNDLE_FILES = {
  manifest: 'manifest.json',
  modelCard: 'MODEL_CARD.md',
  golden: 'golden.nii.gz',
  goldenLabels: 'golden-labels.nii.gz',
  replay: 'certificate.bin.gz',
} as const;

/** Digest that stands in the draft of a manifest until the golden labels are known. */
const PENDING_SHA256 = '0'.repeat(64);

/** What the manifest says that export does not find out itself. */
type BundleFacts = Pick<
  TrainedManifest,
  | 'name'
  | 'version'
  | 'recipe'
  | 'bodyParts'
  | 'domain'
  | 'isDefault'
  | 'labels'
  | 'organLabel'
  | 'lesionLabel'
  | 'enhancedOrganHu'
  | 'postprocessing'
  | 'training'
  | 'figures'
  | 'reportedFigures'
  | 'intendedUse'
  | 'limits'
>;

export interface BundleInput extends BundleFacts {
  /** In the order of the cascade. */
  readonly stages: readonly BundleStage[];
  /**
   * Gzipped NIfTIs of axial slices, at least one: that of which the bundle marks most labels, and then most voxels, becomes
   * its golden slice; of equals the first.
   */
  readonly goldenNiftis: readonly Uint8Array[];
  /** voxwatch's own version, stamped into each file. */
  readonly softwareVersion: string;
}

/** Takes the files of a bundle, one after the other; the manifest comes last. */
export interface BundleWriter {
  writeFile(name: string, bytes: Uint8Array): Promise<void>;
}

/** The engine that the bundle is made for: export itself may not know it. */
export interface BundleEngine extends StageEngine, ReplayEngine {
  /** Name and version, e.g. `onnxruntime-node` and `1.30.0`. */
  readonly name: string;
  readonly version: string;
  /** What a bundle gives for a golden slice. */
  segmentGolden(bundle: { readFile(name: string): Promise<Uint8Array> }, nifti: Uint8Array): Promise<GoldenResult>;
  /** What of a golden slice, or slab, a stage is shown for the part of the certificate that can be repeated. */
  replaySlices(nifti: Uint8Array, stage: BundleStage): readonly PlacedSlice[];
}

export interface GoldenResult {
  /** In the slice's voxel order. */
  readonly labels: Uint8Array;
  /** The same as a gzipped NIfTI. */
  readonly nifti: Uint8Array;
}

/**
 * Makes a bundle and writes it.
 * @returns the manifest that was written.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED`, `PARITY_FAILED`, or `BUNDLE_INVALID` where the facts contradict each
 *   other; then nothing has been written.
 */
export async function exportBundle(input: BundleInput, engine: BundleEngine, writer: BundleWriter): Promise<TrainedManifest> {
  const files = new Map<string, Uint8Array>();
  const stages: ManifestStage[] = [];
  const results: ParityResult[] = [];
  for (const [position, stage] of input.stages.entries()) {
    const exported = await exportStage(input, stage, engine);
    const file = `stage-${position + 1}.onnx`;
    files.set(file, exported.onnx);
    stages.push({ ...exported.manifest, file, sha256: sha256Hex(exported.onnx) });
    results.push(...exported.results);
  }
  const parity = {
    reference: `TypeScript preprocessing and TensorFlow.js (${getBackend()})`,
    provider: `${engine.name} (cpu)`,
    versions: { '@tensorflow/tfjs-core': version_core, [engine.name]: engine.version },
    results,
  };
  const draft = checkedManifest(input, { stages, parity });
  files.set(BUNDLE_FILES.manifest, encodeManifest(draft));
  const golden = await chooseGolden(input.goldenNiftis, (nifti) =>
    engine.segmentGolden({ readFile: (name) => readFrom(files, name) }, nifti),
  );
  const replayed = input.stages.map((stage, n) => ({
    stage,
    onnx: files.get(stages[n]?.file ?? '') as Uint8Array,
    slices: engine.replaySlices(golden.slice, stage),
  }));
  const replay = await makeReplay(replayed, engine);
  const file = { file: BUNDLE_FILES.replay, sha256: sha256Hex(replay.bytes) };
  const certificate = { ...parity, replay: { ...file, stages: replay.stages } };
  const manifest = checkedManifest(input, { stages, parity: certificate, golden });
  files.set(BUNDLE_FILES.replay, replay.bytes);
  files.set(BUNDLE_FILES.golden, golden.slice);
  files.set(BUNDLE_FILES.goldenLabels, golden.nifti);
  files.delete(BUNDLE_FILES.manifest);
  files.set(BUNDLE_FILES.modelCard, new TextEncoder().encode(modelCard(manifest)));
  files.set(BUNDLE_FILES.manifest, encodeManifest(manifest));
  for (const [name, bytes] of files) await writer.writeFile(name, bytes);
  return manifest;
}

/** A golden slice that was chosen, and what the bundle gives for it. */
interface ChosenGolden extends GoldenResult {
  readonly slice: Uint8Array;
}

/** Runs a bundle on golden slices and keeps that of which it marks most. @throws {VoxwatchError} without any. */
export async function chooseGolden(
  niftis: readonly Uint8Array[],
  segmentGolden: (nifti: Uint8Array) => Promise<GoldenResult>,
): Promise<ChosenGolden> {
  let best: (ChosenGolden & { readonly marked: readonly [labels: number, voxels: number] }) | undefined;
  for (const slice of niftis) {
    const result = await segmentGolden(slice);
    const voxels = result.labels.filter((label) => label !== 0);
    const marked = [new Set(voxels).size, voxels.length] as const;
    const isMore = best === undefined || marked[0] > best.marked[0] || (marked[0] === best.marked[0] && marked[1] > best.marked[1]);
    if (isMore) best = { ...result, slice, marked };
  }
  if (best === undefined) throw new VoxwatchError('INVALID_ARGUMENT', 'A bundle needs a golden slice.');
  return best;
}

/** sha256 in lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Written out field by field: the order is that of the file, and nothing of the input slips in. */
function checkedManifest(
  input: BundleInput,
  found: Pick<TrainedManifest, 'stages' | 'parity'> & { readonly golden?: ChosenGolden },
): TrainedManifest {
  const manifest: TrainedManifest = {
    schemaVersion: MANIFEST_SCHEMA_VERSION,
    name: input.name,
    version: input.version,
    recipe: input.recipe,
    modality: 'CT',
    bodyParts: input.bodyParts,
    ...(input.domain ? { domain: input.domain } : {}),
    isDefault: input.isDefault,
    labels: input.labels,
    ...(input.organLabel === undefined ? {} : { organLabel: input.organLabel }),
    ...(input.lesionLabel === undefined ? {} : { lesionLabel: input.lesionLabel }),
    ...(input.enhancedOrganHu === undefined ? {} : { enhancedOrganHu: input.enhancedOrganHu }),
    stages: found.stages,
    postprocessing: input.postprocessing,
    training: input.training,
    figures: input.figures,
    reportedFigures: input.reportedFigures,
    intendedUse: input.intendedUse,
    limits: input.limits,
    golden: goldenFacts(found.golden),
    parity: found.parity,
  };
  return parseManifest(JSON.stringify(manifest)) as TrainedManifest;
}

/** What the manifest says of a golden slice; a placeholder where it is not yet known. */
export function goldenFacts(golden: ChosenGolden | undefined): ModelManifest['golden'] {
  const file = BUNDLE_FILES.golden;
  if (golden === undefined) return { file, sha256: PENDING_SHA256, labelsSha256: PENDING_SHA256 };
  return {
    file,
    sha256: sha256Hex(golden.slice),
    labelsSha256: sha256Hex(golden.labels),
    labels: { file: BUNDLE_FILES.goldenLabels, sha256: sha256Hex(golden.nifti) },
  };
}

/** The bytes of `manifest.json`. */
export function encodeManifest(manifest: ModelManifest): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
}

/** Reads a file of a bundle that is not yet written. @throws {VoxwatchError} `BUNDLE_INVALID`. */
export async function readFrom(files: ReadonlyMap<string, Uint8Array>, name: string): Promise<Uint8Array> {
  const bytes = files.get(name);
  if (bytes === undefined) throw new VoxwatchError('BUNDLE_INVALID', `A bundle has no file ${name}.`);
  return bytes;
}
