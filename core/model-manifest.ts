/**
 * `manifest.json` of a model bundle: the single truth about a model for train, export, runtime and evaluate.
 *
 * Readable without loading a model. The schema is strict: an unknown key is an error, so a typo cannot hide.
 * @module
 */
import { z } from 'zod';
import { VoxwatchError } from './errors.ts';
import type { LabelSet } from './label-table.ts';
import { millimetreGridSchema, millimetreRegionSchema } from './millimetre-stage.ts';
import { domainSchema } from './model-domain.ts';
import { importedOriginSchema } from './model-origin.ts';
import { bundleVariantSchema, defaultPrecisionSchema, stageVariantSchema, variantContradiction } from './model-variants.ts';
import { parityCertificateSchema } from './parity-certificate.ts';
import { intensitySchema } from './stage-intensity.ts';
import { labelsOfAnswer, tileFaults, tileNetworkSchema } from './tile-stage.ts';

/** Version of this schema; raised when a reader of the old one would misread the new one. */
export const MANIFEST_SCHEMA_VERSION = 1;

/** What a bundle may be called. */
export const BUNDLE_NAME = /^[a-z0-9][a-z0-9-]*$/;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in lower-case hex');
const pixelPair = z.tuple([z.int().positive(), z.int().positive()]).readonly();

const codeSchema = z.strictObject({ scheme: z.string(), value: z.string(), meaning: z.string() });

const labelSchema = z.strictObject({
  index: z.int().min(1).max(255),
  name: z.string().min(1),
  color: z.string().regex(/^#[0-9a-f]{6}$/),
  code: codeSchema,
});

/** What part of a slice a stage in pixels sees. */
const regionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('whole-slice') }),
  z.strictObject({
    /** A crop round the centroid of an earlier stage's foreground, slice by slice; slices without any are skipped. */
    kind: z.literal('crop-around-foreground'),
    ofStage: z.string(),
    /** Size of the crop in pixels of `onGridPixels`; scaled to slices of another matrix, so anatomy keeps its scale. */
    sizePixels: pixelPair,
    onGridPixels: pixelPair,
  }),
]);

/** What every stage says of its network. */
const networkFacts = {
  name: z.string().min(1),
  file: z.string().regex(/^[\w.-]+\.onnx$/),
  sha256,
  /** The same network for WebGPU, which has no int16 and no antialiased Resize: int32 `hu`, and see docs/export.md. */
  int32: z.strictObject({ file: z.string().regex(/^[\w.-]+\.onnx$/), sha256 }).optional(),
  /** The same network in other precisions, in the order of the bundle's `variants`. */
  variants: z.array(stageVariantSchema).readonly().optional(),
  opset: z.int().positive(),
  parameters: z.int().positive(),
  intensity: intensitySchema,
};

const pixelStageSchema = z.strictObject({
  ...networkFacts,
  /** Input `hu` int16 [N,1,H,W], output `labels` uint8 [N,1,H,W] on the input grid. */
  space: z.literal('pixels'),
  /** The network's own input grid [width, height]; the graph resizes to it and back. */
  gridPixels: pixelPair,
  region: regionSchema,
  /** Stage output value → label index of the bundle: `[0, 1]` means that value 1 becomes label 1. */
  outputLabels: z.array(z.int().min(0).max(255)).min(2).readonly(),
});

const millimetreStageSchema = z.strictObject({
  ...networkFacts,
  /**
   * Inputs `hu` int16 [N,1,H,W] and `size` int64 [2], height and width of the network's grid; output `probabilities` uint8
   * [N,K,h,w] on that grid, a channel for each of `outputs`, 255 = certain.
   */
  space: z.literal('millimetres'),
  ...millimetreGridSchema.shape,
  region: millimetreRegionSchema,
});

const { intensity: _fused, ...plainFacts } = networkFacts;

const tileStageSchema = z.strictObject({
  ...plainFacts,
  int32: z.never().optional(),
  /** A network made elsewhere, on float32 tiles: what comes before and after it is not in its graph but said here. */
  space: z.literal('tiles'),
  ...tileNetworkSchema.shape,
});

const stageSchema = z.discriminatedUnion('space', [pixelStageSchema, millimetreStageSchema, tileStageSchema]);

const figureSchema = z.strictObject({
  /** E.g. `dice`. */
  metric: z.string(),
  /** E.g. `kidney with tumour`. */
  of: z.string(),
  /** What it was measured on, and how it was averaged. */
  on: z.string(),
  value: z.number(),
  cases: z.int().positive().optional(),
});

/** Of a bundle whose networks were trained and certified here. */
const trainedSchema = z.strictObject({
  /** Only what was made elsewhere says where it comes from. */
  origin: z.never().optional(),
  schemaVersion: z.literal(MANIFEST_SCHEMA_VERSION),
  name: z.string().regex(BUNDLE_NAME),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  recipe: z.string(),
  modality: z.literal('CT'),
  /** DICOM Body Part Examined values that this bundle is meant for. */
  bodyParts: z.array(z.string()).readonly(),
  /** Absent in bundles that do not say. */
  domain: domainSchema.optional(),
  /** Whether it runs where no `--model` is given. */
  isDefault: z.boolean(),
  labels: z.array(labelSchema).min(1).readonly(),
  /** Label of the organ; without a voxel of it (or of `lesionLabel`) the outcome is `organ-absent`. Absent: it marks none. */
  organLabel: z.int().min(1).optional(),
  /** Label of the lesion; without a voxel of it the outcome is `no-tumour-found`. Absent: it tells none from the organ. */
  lesionLabel: z.int().min(1).optional(),
  /**
   * Mean HU that the organ has at least after contrast medium: where it has less, a result warns that lesions may look like it.
   * Absent: nothing is said of it.
   */
  enhancedOrganHu: z.number().optional(),
  stages: z.array(stageSchema).min(1).readonly(),
  /** Other precisions of all stages: what they give beside fp32, which `file` of each stage is. */
  variants: z.array(bundleVariantSchema).readonly().optional(),
  defaultPrecision: defaultPrecisionSchema.optional(),
  postprocessing: z.strictObject({
    /** 3-D components of the whole foreground that are smaller are removed, ml; 0 keeps all. */
    minComponentMl: z.number().min(0),
    /** 3-D components of the lesion that are smaller become organ, ml; 0 keeps all. */
    minLesionMl: z.number().min(0),
    /** Components of the foreground that hold less organ are removed, ml: a lesion grows on its organ; 0 keeps all. */
    minOrganMl: z.number().min(0),
    /** How many components of the foreground are kept, the largest: there are two kidneys; 0 keeps all. */
    maxComponents: z.int().min(0),
  }),
  training: z.strictObject({
    data: z.string(),
    seed: z.int(),
    backend: z.string(),
    startedAt: z.string(),
    steps: z.record(z.string(), z.int()),
    software: z.record(z.string(), z.string()),
  }),
  figures: z.array(figureSchema).readonly(),
  /** Figures of the published report this recipe follows, on data that is not ours. */
  reportedFigures: z.array(figureSchema).readonly(),
  intendedUse: z.string(),
  limits: z.array(z.string()).readonly(),
  golden: z.strictObject({
    /** A NIfTI in the bundle folder: one axial slice, or some where a stage judges in three dimensions. */
    file: z.string(),
    sha256,
    /** Digest of the uint8 labels that the bundle must give for it, in the slice's voxel order. */
    labelsSha256: sha256,
    /**
     * A NIfTI of those labels, so that a machine that sums in another order can say how many differ. Bundles made before
     * there was one have none.
     */
    labels: z.strictObject({ file: z.string(), sha256 }).optional(),
  }),
  parity: parityCertificateSchema,
});

/** Of a bundle made elsewhere: there is no training and no certificate to tell of, but an origin. */
const importedSchema = trainedSchema.omit({ recipe: true, training: true, parity: true }).extend({ origin: importedOriginSchema });

export type TrainedManifest = z.infer<typeof trainedSchema>;
export type ImportedManifest = z.infer<typeof importedSchema>;
export type ModelManifest = TrainedManifest | ImportedManifest;

/** The manifest as JSON Schema; published in `docs/schemas/manifest.schema.json`. */
export function manifestJsonSchema(): unknown {
  return z.toJSONSchema(z.union([trainedSchema, importedSchema]));
}

export type ManifestStage = ModelManifest['stages'][number];
export type PixelStage = Extract<ManifestStage, { space: 'pixels' }>;
export type MillimetreStage = Extract<ManifestStage, { space: 'millimetres' }>;
export type TileStage = Extract<ManifestStage, { space: 'tiles' }>;
/** With a graph that voxwatch wrote, from HU to its answer. */
export type FusedStage = Exclude<ManifestStage, TileStage>;
/** What a stage in pixels sees. */
export type StageRegion = PixelStage['region'];
export type Figure = ModelManifest['figures'][number];

/** @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a bundle made elsewhere: its networks are not ours to change. */
export function trainedManifest(manifest: ModelManifest): TrainedManifest {
  if (!manifest.origin) return manifest;
  throw new VoxwatchError('EXPORT_UNSUPPORTED', `The networks of ${manifest.name} were made elsewhere: they stay as they are.`);
}

/** What scoring needs to know of a bundle's labels. */
export function labelSetOf({ organLabel, labels }: Pick<ModelManifest, 'organLabel' | 'labels'>): LabelSet {
  const named = labels.map(({ index, name }) => ({ index, name }));
  return { labels: named, organLabel: organLabel ?? Math.min(...named.map(({ index }) => index)) };
}

/**
 * Parses and checks a manifest, cross-references included.
 * @param json - The text of `manifest.json`.
 * @throws {VoxwatchError} `BUNDLE_INVALID`, naming the first field that is wrong.
 */
export function parseManifest(json: string): ModelManifest {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new VoxwatchError('BUNDLE_INVALID', 'The manifest of this bundle is not JSON.', {}, cause);
  }
  const isImported = typeof value === 'object' && value !== null && 'origin' in value;
  const parsed: z.ZodSafeParseResult<ModelManifest> = (isImported ? importedSchema : trainedSchema).safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.join('.') || 'the top level';
    throw new VoxwatchError('BUNDLE_INVALID', `The manifest of this bundle is not valid at ${where}: ${issue?.message}.`, {
      where,
    });
  }
  checkReferences(parsed.data);
  return parsed.data;
}

function checkReferences(manifest: ModelManifest): void {
  const { stages, labels, organLabel, lesionLabel } = manifest;
  const fail = (message: string): never => {
    throw new VoxwatchError('BUNDLE_INVALID', `The manifest of this bundle contradicts itself: ${message}.`);
  };
  const contradiction = variantContradiction(manifest);
  if (contradiction !== undefined) fail(contradiction);
  const indices = new Set(labels.map((label) => label.index));
  if (indices.size !== labels.length) fail('two labels share an index');
  if (organLabel === undefined && lesionLabel === undefined) fail('it marks neither an organ nor a lesion');
  for (const label of [organLabel, lesionLabel])
    if (label !== undefined && !indices.has(label)) fail(`label ${label} is not in its table`);
  /** Labels that the stages and outputs so far have given. */
  const given = new Set<number>();
  const give = (label: number): void => {
    if (label !== 0 && !indices.has(label)) fail(`a stage gives label ${label}, which is not in its table`);
    given.add(label);
  };
  stages.forEach((stage, position) => {
    if (stage.space === 'pixels') {
      const { region } = stage;
      const isCropped = region.kind === 'crop-around-foreground';
      const ofStage = isCropped ? stages.slice(0, position).find((earlier) => earlier.name === region.ofStage) : undefined;
      if (isCropped && ofStage === undefined) fail(`stage ${position + 1} crops round a stage that does not come before it`);
      if (ofStage && ofStage.space !== 'pixels')
        fail(`stage ${position + 1} works in pixels and crops round a stage in ${ofStage.space}`);
      for (const label of stage.outputLabels) give(label);
      return;
    }
    if (stage.space === 'tiles') {
      for (const fault of tileFaults(stage)) fail(`stage ${position + 1}: ${fault}`);
      for (const label of labelsOfAnswer(stage.answer)) give(label);
      return;
    }
    const boxLabels = stage.region.kind === 'box-around-labels' ? stage.region.labels : [];
    for (const label of boxLabels)
      if (!given.has(label)) fail(`stage ${position + 1} looks round label ${label}, which no stage before it gives`);
    for (const { label, within, bulgeMm, redrawMm } of stage.outputs) {
      if (redrawMm !== undefined && within !== undefined) fail(`label ${label} is redrawn, so it cannot lie within another one`);
      if (redrawMm !== undefined && !given.has(label)) fail(`label ${label} is to be redrawn, which is not given before`);
      if (bulgeMm !== undefined && within === undefined) fail(`label ${label} may bulge, but lies within nothing`);
      if (within !== undefined && !given.has(within))
        fail(`label ${label} is to lie within label ${within}, which is not given before`);
      give(label);
    }
  });
}
