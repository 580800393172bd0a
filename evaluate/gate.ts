/**
 * A gate: thresholds that a run must meet, as JSON, and whether it does.
 * @module
 */
import { z } from 'zod';
import { VoxwatchError } from '../core/errors.ts';
import { METRIC_KEYS, type MetricKey, metricOf } from './metric-table.ts';
import { type GateResult, parseWith, type ScoresDocument } from './score-document.ts';

const STATISTICS = [
  'mean',
  'median',
  'minimum',
  'maximum',
  'intervalLower',
  'intervalUpper',
  'pooled',
  'meanChange',
  'pValue',
] as const;
type Statistic = (typeof STATISTICS)[number];

/** Statistics that need `--baseline`. */
const COMPARED: readonly Statistic[] = ['meanChange', 'pValue'];

const thresholdSchema = z
  .strictObject({
    region: z.string().min(1),
    metric: z.enum(METRIC_KEYS as [MetricKey, ...MetricKey[]]),
    statistic: z.enum(STATISTICS),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
  })
  .refine(({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined, 'it needs atLeast or atMost')
  .refine(
    ({ metric, statistic }) => statistic !== 'pooled' || metric === 'dice' || metric === 'iou',
    'only dice and iou can be pooled',
  );

const gateSchema = z.strictObject({
  /** Cases that could not be scored; 0 unless it says otherwise. */
  failedCasesAtMost: z.int().min(0).default(0),
  /** Fewer scored cases than this prove nothing. */
  scoredCasesAtLeast: z.int().min(1).default(1),
  thresholds: z.array(thresholdSchema).min(1),
});

export type Gate = z.infer<typeof gateSchema>;
type Threshold = Gate['thresholds'][number];

/** @throws {VoxwatchError} `CONFIG_INVALID`, naming the first field that is wrong; an unknown key is one. */
export function parseGate(json: string): Gate {
  return parseWith(gateSchema, json, 'gate file');
}

/**
 * Checks that a gate can be asked of a run, before any work is done.
 * @throws {VoxwatchError} `CONFIG_INVALID` for a region that the run does not have, or for a change without a baseline.
 */
export function checkGateFits(gate: Gate, regions: readonly string[], hasBaseline: boolean): void {
  for (const [n, { region, statistic }] of gate.thresholds.entries()) {
    const fail = (why: string): never => {
      throw new VoxwatchError('CONFIG_INVALID', `Threshold ${n + 1} of the gate file cannot be checked: ${why}.`);
    };
    if (!regions.includes(region)) fail(`this run has no region “${region}”; it has ${regions.join(', ')}`);
    if (COMPARED.includes(statistic) && !hasBaseline) fail(`${statistic} needs --baseline`);
  }
}

/** Checks a run. A value that is not defined does not meet its threshold. */
export function checkGate(gate: Gate, scores: Omit<ScoresDocument, 'gate'>): GateResult {
  const checks = [
    {
      statement: `cases that could not be scored: at most ${gate.failedCasesAtMost}`,
      passed: scores.failures.length <= gate.failedCasesAtMost,
      value: scores.failures.length,
    },
    {
      statement: `scored cases: at least ${gate.scoredCasesAtLeast}`,
      passed: scores.cases.length >= gate.scoredCasesAtLeast,
      value: scores.cases.length,
    },
    ...gate.thresholds.map((threshold) => checkThreshold(threshold, scores)),
  ];
  return { passed: checks.every(({ passed }) => passed), checks };
}

function checkThreshold(threshold: Threshold, scores: Omit<ScoresDocument, 'gate'>): GateResult['checks'][number] {
  const { region, metric, statistic, atLeast, atMost } = threshold;
  const value = valueOf(threshold, scores);
  const { title, unit } = metricOf(metric);
  const limits = [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
  ].join(', ');
  const passed =
    value !== undefined && value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
  return {
    statement: `${region}, ${title}, ${WORDS[statistic]}: ${limits}${unit ? ` ${unit}` : ''}`,
    passed,
    value: value ?? null,
  };
}

const WORDS: Readonly<Record<Statistic, string>> = {
  mean: 'mean',
  median: 'median',
  minimum: 'lowest case',
  maximum: 'highest case',
  intervalLower: 'lower end of the interval',
  intervalUpper: 'upper end of the interval',
  pooled: 'pooled',
  meanChange: 'mean change from the baseline',
  pValue: 'p against the baseline',
};

function valueOf(
  { region, metric, statistic }: Threshold,
  { summary, comparison }: Omit<ScoresDocument, 'gate'>,
): number | undefined {
  const own = summary.find((entry) => entry.region === region);
  const compared = comparison?.regions.find((entry) => entry.region === region)?.metrics.find((entry) => entry.metric === metric);
  switch (statistic) {
    case 'intervalLower':
      return own?.metrics[metric].interval?.lower;
    case 'intervalUpper':
      return own?.metrics[metric].interval?.upper;
    case 'pooled':
      return own?.pooled[metric as 'dice' | 'iou'] ?? undefined;
    case 'meanChange':
    case 'pValue':
      return compared?.[statistic];
    default:
      return own?.metrics[metric][statistic];
  }
}
