/**
 * Two runs over the same cases → what changed, case by case, the losses first.
 * @module
 */
import { METRICS, type MetricKey } from './metric-table.ts';
import type { RunComparison, ScoredCase } from './score-document.ts';
import { signedRankTest } from './statistics/signed-rank.ts';
import { mean } from './statistics/summarize.ts';

/** Smaller changes are rounding. */
const SMALLEST_CHANGE = 1e-9;

type Compared = Omit<RunComparison, 'baselineSha256'>;

/** Compares cases that both runs scored, paired by name; a score counts where both runs have it. */
export function compareRuns(current: readonly ScoredCase[], baseline: readonly ScoredCase[], regions: readonly string[]): Compared {
  const earlier = new Map(baseline.map((entry) => [entry.name, entry]));
  const now = new Set(current.map(({ name }) => name));
  const pairs = current.flatMap((entry) => {
    const before = earlier.get(entry.name);
    return before ? [{ name: entry.name, before, entry }] : [];
  });
  const changesOf = (region: string, key: MetricKey): CaseChange[] =>
    pairs.flatMap(({ name, before, entry }) => {
      const [a, b] = [valueOf(before, region, key), valueOf(entry, region, key)];
      return a === undefined || b === undefined ? [] : [{ name, baseline: a, current: b, change: cleaned(b - a) }];
    });
  return {
    onlyHere: current.filter(({ name }) => !earlier.has(name)).map(({ name }) => name),
    onlyInBaseline: baseline.filter(({ name }) => !now.has(name)).map(({ name }) => name),
    regions: regions.map((region) => ({
      region,
      metrics: METRICS.flatMap(({ key, better }) => {
        if (better === 'zero') return [];
        const changes = changesOf(region, key);
        return changes.length === 0 ? [] : [metricChange(key, better, changes)];
      }),
      cases: changesOf(region, 'dice').sort((a, b) => a.change - b.change || a.name.localeCompare(b.name, 'en')),
    })),
  };
}

type CaseChange = Compared['regions'][number]['cases'][number];

function metricChange(
  metric: MetricKey,
  better: 'higher' | 'lower',
  changes: readonly CaseChange[],
): Compared['regions'][number]['metrics'][number] {
  const gains = changes.map(({ change }) => (better === 'higher' ? change : -change));
  const { pValue, method } = signedRankTest(gains);
  const [before, now] = [mean(changes.map((entry) => entry.baseline)), mean(changes.map((entry) => entry.current))];
  return {
    metric,
    cases: changes.length,
    baselineMean: before,
    mean: now,
    meanChange: now - before,
    pValue,
    method,
    better: gains.filter((gain) => gain > 0).length,
    worse: gains.filter((gain) => gain < 0).length,
  };
}

function valueOf({ regions }: ScoredCase, region: string, key: MetricKey): number | undefined {
  return regions.find((own) => own.region === region)?.values[key] ?? undefined;
}

function cleaned(change: number): number {
  return Math.abs(change) < SMALLEST_CHANGE ? 0 : change;
}
