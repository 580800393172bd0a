/**
 * The records of all cases → the summary of each region.
 * @module
 */
import { METRIC_KEYS, type MetricKey } from './metric-table.ts';
import type { RegionScores, RegionSummary, ScoredCase } from './score-document.ts';
import { volumeAgreement } from './statistics/bland-altman.ts';
import { bootstrapMean } from './statistics/bootstrap.ts';
import { summarize } from './statistics/summarize.ts';

/** Groups of lesions by their longest axial diameter, mm; the last has no upper end. */
export const LESION_SIZES = [
  { size: 'below 10 mm', belowMm: 10 },
  { size: '10 to 20 mm', belowMm: 20 },
  { size: '20 to 40 mm', belowMm: 40 },
  { size: '40 mm and more', belowMm: Number.POSITIVE_INFINITY },
] as const;

/** Draws from [0, 1), one stream for each name, the same every time. */
export type SeededStreams = (name: string) => () => number;

/** Summarizes the cases, in the order of the regions. */
export function summarizeRun(cases: readonly ScoredCase[], regions: readonly string[], streams: SeededStreams): RegionSummary[] {
  return regions.map((region) => {
    const scores = cases.flatMap((entry) => entry.regions.filter((own) => own.region === region));
    const metrics = METRIC_KEYS.map((key) => [key, metricSummary(scores, key, streams(`${region}/${key}`))] as const);
    const agreement = volumeAgreement(scores);
    const lesions = lesionSummary(scores);
    return {
      region,
      metrics: Object.fromEntries(metrics) as RegionSummary['metrics'],
      pooled: pooled(scores),
      ...(agreement ? { volume: agreement } : {}),
      ...(lesions ? { lesions } : {}),
    };
  });
}

function metricSummary(
  scores: readonly RegionScores[],
  key: MetricKey,
  uniform: () => number,
): RegionSummary['metrics'][MetricKey] {
  const values = scores.map((own) => own.values[key] ?? undefined);
  const interval = bootstrapMean(
    values.filter((value) => value !== undefined),
    uniform,
  );
  return { ...summarize(values), ...(interval ? { interval } : {}) };
}

/** All voxels as one mask. */
function pooled(scores: readonly RegionScores[]): RegionSummary['pooled'] {
  const sum = (key: keyof RegionScores['overlap']): number => scores.reduce((total, { overlap }) => total + overlap[key], 0);
  const [hit, extra, missed] = [sum('truePositive'), sum('falsePositive'), sum('falseNegative')];
  if (scores.length === 0) return { dice: null, iou: null };
  if (hit + extra + missed === 0) return { dice: 1, iou: 1 };
  return { dice: (2 * hit) / (2 * hit + extra + missed), iou: hit / (hit + extra + missed) };
}

function lesionSummary(scores: readonly RegionScores[]): RegionSummary['lesions'] {
  const counted = scores.flatMap(({ lesions }) => (lesions ? [lesions] : []));
  if (counted.length === 0) return undefined;
  const thresholds = counted[0]?.detection.map(({ overlapThreshold }) => overlapThreshold) ?? [];
  const all = counted.flatMap(({ truthLesions }) => truthLesions);
  const groups = LESION_SIZES.map(({ size, belowMm }, n) => {
    const fromMm = LESION_SIZES[n - 1]?.belowMm ?? 0;
    const group = all.filter(({ diameterMm }) => diameterMm >= fromMm && diameterMm < belowMm);
    const detected = (key: 'isDetectedAt10' | 'isDetectedAt50'): number => group.filter((lesion) => lesion[key]).length;
    return { size, lesions: group.length, detectedAt10: detected('isDetectedAt10'), detectedAt50: detected('isDetectedAt50') };
  });
  return {
    detection: thresholds.map((overlapThreshold, n) => {
      const sum = (key: 'truthCount' | 'predictedCount' | 'matched'): number =>
        counted.reduce((total, { detection }) => total + (detection[n]?.[key] ?? 0), 0);
      const [truthCount, predictedCount, matched] = [sum('truthCount'), sum('predictedCount'), sum('matched')];
      return { overlapThreshold, truthCount, predictedCount, matched, ...rates(matched, truthCount, predictedCount) };
    }),
    bySize: groups,
    falsePositives: counted.reduce((total, { falsePositives }) => total + falsePositives.length, 0),
  };
}

/** Nothing to find and nothing found is right; one of the two alone is wrong. */
function rates(matched: number, truth: number, predicted: number): { precision: number; recall: number; f1: number } {
  if (truth + predicted === 0) return { precision: 1, recall: 1, f1: 1 };
  return {
    precision: predicted === 0 ? 0 : matched / predicted,
    recall: truth === 0 ? 0 : matched / truth,
    f1: (2 * matched) / (truth + predicted),
  };
}
