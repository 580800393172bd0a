/**
 * What a run found → its documents: `scores.json` and `run.json`.
 * @module
 */
import { createHash } from 'node:crypto';
import type { LabelSet } from '../../core/label-table.ts';
import { createRandom } from '../../core/random.ts';
import { SOFTWARE } from '../../daemon/results/software.ts';
import { compareRuns } from '../../evaluate/compare-runs.ts';
import { summarizePerturbations } from '../../evaluate/perturb/summarize-perturbations.ts';
import type { ScoringPlan } from '../../evaluate/regions.ts';
import type { RunManifest } from '../../evaluate/run-manifest.ts';
import { SCORES_SCHEMA_VERSION, type ScoresDocument } from '../../evaluate/score-document.ts';
import { summarizeRun } from '../../evaluate/summarize-run.ts';
import type { Bundle } from '../../runtime/bundle.ts';
import type { Baseline } from './baseline.ts';
import type { DataSet } from './data-set.ts';
import { SCORING_VERSION, type ScoredDataSet } from './score-data-set.ts';

/** Seed of the bootstrap: fixed, so that the same scores give the same intervals. */
const BOOTSTRAP_SEED = 1;

/** Everything of `scores.json` but the gate's verdict. */
export function scoresDocument(facts: {
  readonly plan: ScoringPlan;
  readonly scored: ScoredDataSet;
  readonly run: RunManifest;
  readonly baseline: Baseline | undefined;
  readonly perturbs: boolean;
}): ScoresDocument {
  const { plan, run, baseline, perturbs } = facts;
  const { cases, failures } = facts.scored;
  const regions = plan.regions.map(({ name }) => name);
  const streams = (name: string): (() => number) => {
    const random = createRandom(BOOTSTRAP_SEED, name);
    return () => random.uniform(0, 1);
  };
  return {
    schemaVersion: SCORES_SCHEMA_VERSION,
    runSha256: run.runSha256,
    definitions: plan.definitions,
    regions: plan.regions.map(({ name, labels }) => ({
      name,
      labels: [...labels],
      surfaceToleranceMm: plan.surfaceToleranceMm[name] as number,
      countsLesions: plan.lesions.includes(name),
    })),
    summary: summarizeRun(cases, regions, streams),
    cases: [...cases],
    failures: [...failures],
    ...(perturbs ? { perturbations: summarizePerturbations(cases, regions) } : {}),
    ...(baseline ? { comparison: { baselineSha256: baseline.sha256, ...compareRuns(cases, baseline.scores.cases, regions) } } : {}),
  };
}

export interface ManifestFacts {
  readonly resamples: boolean;
  readonly perturbs: boolean;
  readonly dataSet: DataSet;
  readonly labels: LabelSet;
  readonly plan: ScoringPlan;
  readonly scored: ScoredDataSet;
  readonly bundle: Bundle | undefined;
  readonly renamed: ReadonlyMap<number, number> | undefined;
}

/** What a run needs so that it can be repeated bit for bit. */
export function runManifest({ resamples, perturbs, dataSet, labels, plan, scored, bundle, renamed }: ManifestFacts): RunManifest {
  const fixed = {
    prediction: bundle
      ? ({
          kind: 'bundle',
          name: bundle.manifest.name,
          version: bundle.manifest.version,
          manifestSha256: bundle.manifestSha256,
          provider: bundle.provider.name,
        } as const)
      : ({ kind: 'folder' } as const),
    data: { layout: dataSet.layout, cases: [...scored.provenance].map(([name, digests]) => ({ name, ...digests })) },
    options: {
      definitions: plan.definitions,
      labels: labels.labels,
      ...(renamed ? { truthLabels: Object.fromEntries(renamed) } : {}),
      resample: resamples,
      perturb: perturbs,
      bootstrapSeed: BOOTSTRAP_SEED,
    },
  };
  // Reproducible builds set it: then the page is the same byte for byte.
  const epoch = process.env.SOURCE_DATE_EPOCH;
  const digest = createHash('sha256').update(JSON.stringify({ SCORING_VERSION, software: SOFTWARE, ...fixed }));
  return {
    schemaVersion: 1,
    createdAt: (epoch ? new Date(Number(epoch) * 1000) : new Date()).toISOString(),
    runSha256: digest.digest('hex'),
    software: { ...SOFTWARE, node: process.versions.node, platform: `${process.platform} ${process.arch}` },
    ...fixed,
  };
}
