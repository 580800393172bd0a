/**
 * The certificate of a bundle that was trained here: how far the exported networks are from the trained ones.
 *
 * `results` were measured where the bundle was made, against TensorFlow.js. `replay` is the part that any machine can measure
 * again: slices of the golden volume, and what the trained networks gave for them.
 * @module
 */
import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in lower-case hex');
const pixelPair = z.tuple([z.int().positive(), z.int().positive()]).readonly();

/** What two sides that compute the same network differ by. */
const differences = {
  maxAbsLogitDifference: z.number().min(0),
  meanAbsLogitDifference: z.number().min(0),
  /** Pixels whose label differs; in millimetres: whose probability lies on the other side of its output's threshold. */
  labelDisagreements: z.int().min(0),
  /** Pixels compared; in millimetres a pixel counts once for each output. */
  pixels: z.int().positive(),
};

const parityResultSchema = z.strictObject({
  stage: z.string(),
  /** E.g. `phantom slices of held-out seeds`. */
  inputs: z.string(),
  slices: z.int().positive(),
  inputSha256: sha256,
  ...differences,
  /** Smallest gap between the two highest logits where labels disagree; absent where none does, and in millimetres. */
  largestGapAtDisagreement: z.number().min(0).optional(),
});

const replayDifferencesSchema = z.strictObject(differences);

/** What a machine may differ by; beyond it the bundle is not to be trusted there. */
const replayLimitSchema = z.strictObject({
  /** Of any logit. */
  logitDifference: z.number().positive(),
  labelDisagreements: z.int().min(0),
});

/** Of a network in one precision. */
export const replayFindingSchema = z.strictObject({
  /** On the CPU that made the bundle. */
  found: replayDifferencesSchema,
  limits: z.strictObject({ cpu: replayLimitSchema, gpu: replayLimitSchema }),
});

/** Where a slice lies in the golden volume, seen as axial slices with the patient's right on the left. */
const replaySliceSchema = z.strictObject({
  /** Counted from the feet, from 0. */
  slice: z.int().min(0),
  /** May lie outside: there is air, −1024 HU. */
  startPixels: z.tuple([z.int(), z.int()]).readonly(),
  sizePixels: pixelPair,
  /** Size on the network's grid: of stages in millimetres, and only of those. */
  gridPixels: pixelPair.optional(),
});

const replayStageSchema = z.strictObject({
  stage: z.string(),
  slices: z.array(replaySliceSchema).min(1).readonly(),
  /** Of the slices' HU, int16 little-endian, one after the other; in millimetres each followed by its grid as `WxH`. */
  inputSha256: sha256,
  /** Of the logits. */
  channels: z.int().positive(),
  /** The file holds the logits of each so many-th pixel of a slice's (padded) grid, from the first, row by row. */
  everyPixel: z.int().positive(),
  ...replayFindingSchema.shape,
});

const replaySchema = z.strictObject({
  /**
   * Gzip of, for each stage and each of its slices: logits, float32 little-endian [channels, pixels]; then what the stage
   * answers, uint8: labels [H, W], in millimetres probabilities [K, h, w].
   */
  file: z.string(),
  sha256,
  stages: z.array(replayStageSchema).min(1).readonly(),
});

export const parityCertificateSchema = z.strictObject({
  reference: z.string(),
  provider: z.string(),
  versions: z.record(z.string(), z.string()),
  results: z.array(parityResultSchema).min(1).readonly(),
  /** Absent in bundles that were made before there was one. */
  replay: replaySchema.optional(),
});

export type ParityResult = z.infer<typeof parityResultSchema>;
export type Replay = z.infer<typeof replaySchema>;
export type ReplayStage = z.infer<typeof replayStageSchema>;
export type ReplaySlice = z.infer<typeof replaySliceSchema>;
export type ReplayFinding = z.infer<typeof replayFindingSchema>;
export type ReplayDifferences = z.infer<typeof replayDifferencesSchema>;
export type ReplayLimits = ReplayFinding['limits'];
