/**
 * One trained stage → its ONNX file, what the manifest says of it, and its part of the certificate.
 * @module
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../core/errors.ts';
import type { MillimetreGrid, MillimetreRegion } from '../core/millimetre-stage.ts';
import type { ManifestStage, PixelStage } from '../core/model-manifest.ts';
import type { ParityResult } from '../core/parity-certificate.ts';
import { describeIntensity, type Intensity } from '../preprocess/intensity/intensity.ts';
import { fuseMillimetreStage } from './fuse-millimetre-stage.ts';
import { fuseStage } from './fuse-stage.ts';
import { type MillimetreParityInputs, measureMillimetreParity, type RunMillimetreOnnx } from './millimetre-parity.ts';
import { OPSET } from './onnx/encode.ts';
import { measureParity, type ParityInputs, type RunOnnx } from './parity.ts';
import type { ReferenceStage } from './reference-stage.ts';
import { type StampedBundle, stageMetadata } from './stage-metadata.ts';

/** One stage of a cascade, as it was trained. */
export type BundleStage = BundlePixelStage | BundleMillimetreStage;

export interface BundlePixelStage extends Pick<PixelStage, 'space' | 'name' | 'region' | 'outputLabels'>, ReferenceStage {
  /** Sets of slices that the certificate is made on; one result each. */
  readonly parityInputs: readonly ParityInputs[];
}

export interface BundleMillimetreStage {
  readonly space: 'millimetres';
  readonly name: string;
  readonly model: tfl.LayersModel;
  readonly intensity: Intensity;
  readonly grid: MillimetreGrid;
  readonly region: MillimetreRegion;
  /** As of a stage in pixels; slices of several sizes. */
  readonly parityInputs: readonly MillimetreParityInputs[];
}

/** Runs graphs: export itself may not know an engine. */
export interface StageEngine {
  readonly runOnnx: RunOnnx;
  readonly runMillimetreOnnx: RunMillimetreOnnx;
}

export interface ExportedStage {
  readonly onnx: Uint8Array;
  /** All but which file it is. */
  readonly manifest: WithoutFile<ManifestStage>;
  readonly results: readonly ParityResult[];
}

/** Of each kind of stage; a plain `Omit` would merge them. */
type WithoutFile<Stage> = Stage extends ManifestStage ? Omit<Stage, 'file' | 'sha256'> : never;

/** Facts about the bundle that stand in each of its files. */
export type StageSurroundings = StampedBundle & { readonly softwareVersion: string };

/**
 * Exports a stage and holds its graph against the trained network.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED`, `PARITY_FAILED`, `BUNDLE_INVALID` where labels and network do not fit.
 */
export function exportStage(bundle: StageSurroundings, stage: BundleStage, engine: StageEngine): Promise<ExportedStage> {
  return stage.space === 'pixels' ? exportPixelStage(bundle, stage, engine) : exportMillimetreStage(bundle, stage, engine);
}

async function exportPixelStage(bundle: StageSurroundings, stage: BundlePixelStage, engine: StageEngine): Promise<ExportedStage> {
  const { model, intensity, gridPixels, region, outputLabels } = stage;
  const metadata = stageMetadata(bundle, { name: stage.name, intensity: describeIntensity(intensity), labels: outputLabels });
  const graph = { model, intensity, gridPixels, metadata, softwareVersion: bundle.softwareVersion, inputType: 'int16' } as const;
  const onnx = fuseStage({ ...graph, outputs: 'labels' });
  const onnxWithLogits = fuseStage({ ...graph, outputs: 'labels-and-logits' });
  const subject = { stage: stage.name, model, intensity, gridPixels, onnx, onnxWithLogits };
  const results: ParityResult[] = [];
  for (const inputs of stage.parityInputs) results.push(await measureParity(subject, inputs, engine.runOnnx));
  requireLabels(stage);
  return { onnx, results, manifest: { ...networkFacts(stage), space: 'pixels', gridPixels, region, outputLabels } };
}

async function exportMillimetreStage(
  bundle: StageSurroundings,
  stage: BundleMillimetreStage,
  engine: StageEngine,
): Promise<ExportedStage> {
  const { model, intensity, grid, region } = stage;
  const labels = grid.outputs.map(({ label }) => label);
  const facts = { name: stage.name, intensity: describeIntensity(intensity), labels, spacingMm: grid.spacingMm };
  const metadata = stageMetadata(bundle, facts);
  const graph = { model, intensity, grid, metadata, softwareVersion: bundle.softwareVersion, inputType: 'int16' } as const;
  const onnx = fuseMillimetreStage({ ...graph, outputs: 'probabilities' });
  const onnxWithLogits = fuseMillimetreStage({ ...graph, outputs: 'probabilities-and-logits' });
  const subject = { stage: stage.name, model, intensity, grid, onnx, onnxWithLogits };
  const results: ParityResult[] = [];
  for (const inputs of stage.parityInputs) results.push(await measureMillimetreParity(subject, inputs, engine.runMillimetreOnnx));
  return { onnx, results, manifest: { ...networkFacts(stage), space: 'millimetres', ...grid, region } };
}

function networkFacts({ name, model, intensity }: BundleStage) {
  return { name, opset: OPSET, parameters: model.countParams(), intensity: describeIntensity(intensity) };
}

function requireLabels({ name, model, outputLabels }: BundlePixelStage): void {
  const channels = model.outputs[0]?.shape.at(-1);
  // A sigmoid's one channel tells two labels apart.
  const told = channels === 1 ? 2 : channels;
  if (told === outputLabels.length) return;
  throw new VoxwatchError(
    'BUNDLE_INVALID',
    `Stage ${name} gives ${channels} values a pixel, but names ${outputLabels.length} labels.`,
  );
}
