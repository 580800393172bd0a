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
  type ParityResult,
  parseManifest,
} from '../core/model-manifest.ts';
import { describeIntensity } from '../preprocess/intensity/intensity.ts';
import { fuseStage, type StageGraphInput } from './fuse-stage.ts';
import { modelCard } from './model-card.ts';
import { OPSET } from './onnx/encode.ts';
import { measureParity, type ParityInputs, type RunOnnx } from './parity.ts';
import type { ReferenceStage } from './reference-stage.ts';

/** Names of the files that are not a stage. */
export const BUNDLE_FILES = { manifest: 'manifest.json', modelCard: 'MODEL_CARD.md', golden: 'golden.nii.gz' } as const;

/** Digest that stands in the draft of a manifest until the golden labels are known. */
const PENDING_SHA256 = '0'.repeat(64);

/** One stage of a cascade, as it was trained. */
export interface BundleStage extends Pick<ManifestStage, 'name' | 'region' | 'outputLabels'>, ReferenceStage {
  /** Sets of slices that the certificate is made on; one result each. */
  readonly parityInputs: readonly ParityInputs[];
}

/** What the manifest says that export does not find out itself. */
type BundleFacts = Pick<
  ModelManifest,
  | 'name'
  | 'version'
  | 'recipe'
  | 'bodyParts'
  | 'isDefault'
  | 'labels'
  | 'organLabel'
  | 'lesionLabel'
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
  /** A gzipped NIfTI of one axial slice. */
  readonly goldenNifti: Uint8Array;
  /** voxwatch's own version, stamped into each file. */
  readonly softwareVersion: string;
}

/** Takes the files of a bundle, one after the other; the manifest comes last. */
export interface BundleWriter {
  writeFile(name: string, bytes: Uint8Array): Promise<void>;
}

/** The engine that the bundle is made for: export itself may not know it. */
export interface BundleEngine {
  /** Name and version, e.g. `onnxruntime-node` and `1.30.0`. */
  readonly name: string;
  readonly version: string;
  readonly runOnnx: RunOnnx;
  /** Labels that a bundle gives for its golden slice, in the slice's voxel order. */
  segmentGolden(bundle: { readFile(name: string): Promise<Uint8Array> }): Promise<Uint8Array>;
}

/**
 * Makes a bundle and writes it.
 * @returns the manifest that was written.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED`, `PARITY_FAILED`, or `BUNDLE_INVALID` where the facts contradict each
 *   other; then nothing has been written.
 */
export async function exportBundle(input: BundleInput, engine: BundleEngine, writer: BundleWriter): Promise<ModelManifest> {
  const files = new Map<string, Uint8Array>();
  const stages: ManifestStage[] = [];
  const results: ParityResult[] = [];
  for (const [position, stage] of input.stages.entries()) {
    const graph = stageGraph(input, stage);
    const onnx = fuseStage({ ...graph, outputs: 'labels' });
    const onnxWithLogits = fuseStage({ ...graph, outputs: 'labels-and-logits' });
    const { model, intensity, gridPixels } = stage;
    const subject = { stage: stage.name, model, intensity, gridPixels, onnx, onnxWithLogits };
    for (const inputs of stage.parityInputs) results.push(await measureParity(subject, inputs, engine.runOnnx));
    const file = `stage-${position + 1}.onnx`;
    files.set(file, onnx);
    stages.push(manifestStage(stage, file, onnx));
  }
  files.set(BUNDLE_FILES.golden, input.goldenNifti);
  const parity = {
    reference: `TypeScript preprocessing and TensorFlow.js (${getBackend()})`,
    provider: `${engine.name} (cpu)`,
    versions: { '@tensorflow/tfjs-core': version_core, [engine.name]: engine.version },
    results,
  };
  const draft = checkedManifest(input, { stages, parity, labelsSha256: PENDING_SHA256 });
  files.set(BUNDLE_FILES.manifest, encodeManifest(draft));
  const labels = await engine.segmentGolden({ readFile: (name) => readFrom(files, name) });
  const manifest = checkedManifest(input, { stages, parity, labelsSha256: sha256Hex(labels) });
  files.delete(BUNDLE_FILES.manifest);
  files.set(BUNDLE_FILES.modelCard, new TextEncoder().encode(modelCard(manifest)));
  files.set(BUNDLE_FILES.manifest, encodeManifest(manifest));
  for (const [name, bytes] of files) await writer.writeFile(name, bytes);
  return manifest;
}

/** sha256 in lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function stageGraph(input: BundleInput, stage: BundleStage): Omit<StageGraphInput, 'outputs'> {
  const labelName = (index: number): string => input.labels.find((label) => label.index === index)?.name ?? 'background';
  return {
    model: stage.model,
    intensity: stage.intensity,
    gridPixels: stage.gridPixels,
    softwareVersion: input.softwareVersion,
    inputType: 'int16',
    metadata: {
      bundle: `${input.name} ${input.version}`,
      stage: stage.name,
      labels: JSON.stringify(stage.outputLabels.map(labelName)),
      intensity: JSON.stringify(describeIntensity(stage.intensity)),
      orientation: "axial slices, patient's right on the left, front at the top",
      notice: 'Not a medical device.',
    },
  };
}

function manifestStage(stage: BundleStage, file: string, onnx: Uint8Array): ManifestStage {
  const channels = stage.model.outputs[0]?.shape.at(-1);
  // A sigmoid's one channel tells two labels apart.
  const told = channels === 1 ? 2 : channels;
  if (told !== stage.outputLabels.length) {
    throw new VoxwatchError(
      'BUNDLE_INVALID',
      `Stage ${stage.name} gives ${channels} values a pixel, but names ${stage.outputLabels.length} labels.`,
    );
  }
  return {
    name: stage.name,
    file,
    sha256: sha256Hex(onnx),
    opset: OPSET,
    parameters: stage.model.countParams(),
    space: 'pixels',
    gridPixels: stage.gridPixels,
    intensity: describeIntensity(stage.intensity),
    region: stage.region,
    outputLabels: stage.outputLabels,
  };
}

/** Written out field by field: the order is that of the file, and nothing of the input slips in. */
function checkedManifest(
  input: BundleInput,
  found: Pick<ModelManifest, 'stages' | 'parity'> & { readonly labelsSha256: string },
): ModelManifest {
  const manifest: ModelManifest = {
    schemaVersion: MANIFEST_SCHEMA_VERSION,
    name: input.name,
    version: input.version,
    recipe: input.recipe,
    modality: 'CT',
    bodyParts: input.bodyParts,
    isDefault: input.isDefault,
    labels: input.labels,
    ...(input.organLabel === undefined ? {} : { organLabel: input.organLabel }),
    ...(input.lesionLabel === undefined ? {} : { lesionLabel: input.lesionLabel }),
    stages: found.stages,
    postprocessing: input.postprocessing,
    training: input.training,
    figures: input.figures,
    reportedFigures: input.reportedFigures,
    intendedUse: input.intendedUse,
    limits: input.limits,
    golden: { file: BUNDLE_FILES.golden, sha256: sha256Hex(input.goldenNifti), labelsSha256: found.labelsSha256 },
    parity: found.parity,
  };
  return parseManifest(JSON.stringify(manifest));
}

function encodeManifest(manifest: ModelManifest): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
}

async function readFrom(files: ReadonlyMap<string, Uint8Array>, name: string): Promise<Uint8Array> {
  const bytes = files.get(name);
  if (bytes === undefined) throw new VoxwatchError('BUNDLE_INVALID', `A bundle has no file ${name}.`);
  return bytes;
}
