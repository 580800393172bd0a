/**
 * `scores.json`: everything that a run of `voxwatch evaluate` found, as one document. The schema is strict and is the
 * truth; `docs/schemas/evaluate-scores.schema.json` is made from it, and a test holds the two together.
 * @module
 */
import { z } from 'zod';
import { VoxwatchError } from '../core/errors.ts';
import { METRIC_KEYS, type MetricKey } from './metric-table.ts';

/** Raised when a reader of the old document would misread the new one. */
export const SCORES_SCHEMA_VERSION = 1;

/** `null` where a number is not defined: a distance to nothing, a share of nothing. */
const maybe = z.number().nullable();

const findingSchema = z.strictObject({
  code: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  message: z.string(),
});

const intervalSchema = z.strictObject({ lower: z.number(), upper: z.number() });

const overlapSchema = z.strictObject({ truePositive: z.int(), falsePositive: z.int(), falseNegative: z.int() });

const detectionSchema = z.strictObject({
  /** Intersection over union from which two lesions count as the same. */
  overlapThreshold: z.number(),
  truthCount: z.int(),
  predictedCount: z.int(),
  matched: z.int(),
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
});

const lesionsSchema = z.strictObject({
  detection: z.array(detectionSchema),
  truthLesions: z.array(
    z.strictObject({
      volumeMl: z.number(),
      diameterMm: z.number(),
      bestOverlap: z.number(),
      isDetectedAt10: z.boolean(),
      isDetectedAt50: z.boolean(),
    }),
  ),
  falsePositives: z.array(z.strictObject({ volumeMl: z.number() })),
});

const values = z.strictObject(Object.fromEntries(METRIC_KEYS.map((key) => [key, maybe])) as Record<MetricKey, typeof maybe>);

const regionScoresSchema = z.strictObject({
  region: z.string(),
  /** Voxels. */
  overlap: overlapSchema,
  truthMl: z.number(),
  predictedMl: z.number(),
  values,
  /** Only for regions whose lesions are counted. */
  lesions: lesionsSchema.optional(),
});

const perturbedSchema = z.strictObject({
  id: z.string(),
  /** Whether the mask came back bit for bit. */
  isIdentical: z.boolean(),
  regions: z.array(
    z.strictObject({
      region: z.string(),
      dice: maybe,
      /** Dice of the truth after the same way there and back: what interpolation alone costs. */
      ceilingDice: maybe,
      predictedMl: z.number(),
    }),
  ),
});

const caseSchema = z.strictObject({
  name: z.string(),
  findings: z.array(findingSchema),
  sizeVoxels: z.array(z.int()).length(3),
  spacingMm: z.array(z.number()).length(3),
  regions: z.array(regionScoresSchema),
  perturbed: z.array(perturbedSchema).optional(),
});

const failureSchema = z.strictObject({ name: z.string(), code: z.string(), message: z.string() });

const summarySchema = z.strictObject({
  cases: z.int(),
  undefinedCases: z.int(),
  mean: z.number().optional(),
  standardDeviation: z.number().optional(),
  median: z.number().optional(),
  lowerQuartile: z.number().optional(),
  upperQuartile: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  /** Of the mean, 95 %, BCa bootstrap over cases. */
  interval: intervalSchema.optional(),
});

const regionSummarySchema = z.strictObject({
  region: z.string(),
  metrics: z.strictObject(
    Object.fromEntries(METRIC_KEYS.map((key) => [key, summarySchema])) as Record<MetricKey, typeof summarySchema>,
  ),
  /** All voxels of all cases as one: large structures weigh more. */
  pooled: z.strictObject({ dice: maybe, iou: maybe }),
  volume: z.strictObject({ cases: z.int(), biasMl: z.number(), limitsMl: intervalSchema.optional() }).optional(),
  /** All lesions of all cases. */
  lesions: z
    .strictObject({
      detection: z.array(detectionSchema),
      /** By the longest axial diameter of the true lesion. */
      bySize: z.array(z.strictObject({ size: z.string(), lesions: z.int(), detectedAt10: z.int(), detectedAt50: z.int() })),
      falsePositives: z.int(),
    })
    .optional(),
});

const comparisonSchema = z.strictObject({
  /** Digest of the other run's `scores.json`. */
  baselineSha256: z.string(),
  onlyHere: z.array(z.string()),
  onlyInBaseline: z.array(z.string()),
  regions: z.array(
    z.strictObject({
      region: z.string(),
      metrics: z.array(
        z.strictObject({
          metric: z.enum(METRIC_KEYS as [MetricKey, ...MetricKey[]]),
          cases: z.int(),
          baselineMean: z.number(),
          mean: z.number(),
          meanChange: z.number(),
          pValue: z.number(),
          method: z.enum(['exact', 'normal approximation']),
          better: z.int(),
          worse: z.int(),
        }),
      ),
      /** By Dice; the largest loss first. */
      cases: z.array(z.strictObject({ name: z.string(), baseline: z.number(), current: z.number(), change: z.number() })),
    }),
  ),
});

const gateSchema = z.strictObject({
  passed: z.boolean(),
  checks: z.array(z.strictObject({ statement: z.string(), passed: z.boolean(), value: maybe })),
});

const perturbationSummarySchema = z.strictObject({
  id: z.string(),
  statement: z.string(),
  mustBeIdentical: z.boolean(),
  /** Cases whose mask came back bit for bit. */
  identicalCases: z.int(),
  cases: z.int(),
  regions: z.array(
    z.strictObject({
      region: z.string(),
      cases: z.int(),
      meanDice: maybe,
      meanDiceChange: maybe,
      worstDiceChange: maybe,
      worstCase: z.string().nullable(),
      meanCeilingDice: maybe,
      meanVolumeChangePercent: maybe,
      largestVolumeChangePercent: maybe,
    }),
  ),
});

export const scoresSchema = z.strictObject({
  schemaVersion: z.literal(SCORES_SCHEMA_VERSION),
  /** Digest of everything that the scores depend on; it stands in `run.json` too. */
  runSha256: z.string(),
  definitions: z.enum(['corrected', 'kits19', 'kits23', 'lits']),
  regions: z.array(
    z.strictObject({ name: z.string(), labels: z.array(z.int()), surfaceToleranceMm: z.number(), countsLesions: z.boolean() }),
  ),
  summary: z.array(regionSummarySchema),
  cases: z.array(caseSchema),
  failures: z.array(failureSchema),
  perturbations: z.array(perturbationSummarySchema).optional(),
  comparison: comparisonSchema.optional(),
  gate: gateSchema.optional(),
});

export type ScoresDocument = z.infer<typeof scoresSchema>;
export type ScoredCase = z.infer<typeof caseSchema>;
export type FailedCase = z.infer<typeof failureSchema>;
export type RegionScores = z.infer<typeof regionScoresSchema>;
export type RegionSummary = z.infer<typeof regionSummarySchema>;
export type PerturbedScores = z.infer<typeof perturbedSchema>;
export type PerturbationSummary = z.infer<typeof perturbationSummarySchema>;
export type RunComparison = z.infer<typeof comparisonSchema>;
export type GateResult = z.infer<typeof gateSchema>;

/** The JSON schema of `scores.json`. */
export function scoresJsonSchema(): object {
  return z.toJSONSchema(scoresSchema);
}

/**
 * Reads the document of an earlier run.
 * @throws {VoxwatchError} `CONFIG_INVALID`, naming the first field that is wrong.
 */
export function parseScores(json: string): ScoresDocument {
  return parseWith(scoresSchema, json, 'scores.json of the baseline');
}

/** Reads one stored case; nothing where it is not what this version writes. */
export function parseCase(value: unknown): ScoredCase | undefined {
  const parsed = caseSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** @throws {VoxwatchError} `CONFIG_INVALID`. */
export function parseWith<T>(schema: z.ZodType<T>, json: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new VoxwatchError('CONFIG_INVALID', `The ${what} is not JSON.`, {}, cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new VoxwatchError(
    'CONFIG_INVALID',
    `The ${what} is not valid at ${issue?.path.join('.') || 'the top level'}: ${issue?.message}.`,
  );
}
