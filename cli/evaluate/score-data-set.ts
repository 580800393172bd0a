/**
 * All cases of a data set → their records. A case that cannot be scored is named with its reason; the rest goes on.
 * @module
 */
import { createHash } from 'node:crypto';
import { asVoxwatchError } from '../../core/errors.ts';
import type { LabelSet } from '../../core/label-table.ts';
import { mapConcurrently } from '../../daemon/intake/map-concurrently.ts';
import { caseRecord } from '../../evaluate/case-record.ts';
import { numberingHole } from '../../evaluate/check-labels.ts';
import type { ScoringPlan } from '../../evaluate/regions.ts';
import { gridMismatch } from '../../evaluate/resample.ts';
import type { FailedCase, ScoredCase } from '../../evaluate/score-document.ts';
import type { CaseProvenance, CaseStore, StoredCase } from './case-store.ts';
import type { CaseFiles, DataSet } from './data-set.ts';
import { perturbCase } from './perturb-case.ts';
import { labelsSha256, type PredictionSource } from './prediction-source.ts';
import { fitPrediction, readDigested, readTruth } from './read-case.ts';
import { type ScoreThreads, startScoreThreads } from './score-threads.ts';

/** Raised whenever the same files would give other scores. */
export const SCORING_VERSION = 1;

export interface ScoringJob {
  readonly dataSet: DataSet;
  readonly source: PredictionSource;
  readonly labels: LabelSet;
  /** Index in the truth → index of the run. */
  readonly renamed?: ReadonlyMap<number, number>;
  readonly plan: ScoringPlan;
  readonly mayResample: boolean;
  readonly perturbs: boolean;
  readonly store: CaseStore;
  readonly onCase?: (progress: { readonly done: number; readonly of: number; readonly isTakenOver: boolean }) => void;
}

export interface ScoredDataSet {
  readonly cases: readonly ScoredCase[];
  readonly failures: readonly FailedCase[];
  readonly provenance: ReadonlyMap<string, CaseProvenance>;
  readonly takenOver: number;
}

type Outcome = { readonly stored: StoredCase; readonly isNew: boolean } | { readonly failure: FailedCase };

/**
 * Scores all cases, some at a time.
 * @returns cases and failures in the order of the data set.
 * @throws {VoxwatchError} only where going on makes no sense: something is missing on this machine.
 */
export async function scoreDataSet(job: ScoringJob): Promise<ScoredDataSet> {
  const { cases: all, failures: unlisted } = job.dataSet;
  const scorer = startScoreThreads();
  let done = 0;
  const settle = async (files: CaseFiles): Promise<Outcome> => {
    const outcome = await scoreOne(job, files, scorer).catch((thrown: unknown): Outcome => {
      const error = asVoxwatchError(thrown);
      if (error.kind === 'missing') throw error;
      return { failure: { name: files.name, code: error.code, message: error.message } };
    });
    job.onCase?.({ done: ++done, of: all.length, isTakenOver: 'stored' in outcome && !outcome.isNew });
    return outcome;
  };
  try {
    const outcomes = await mapConcurrently(all, settle, scorer.threads);
    const scored = outcomes.flatMap((outcome) => ('stored' in outcome ? [outcome] : []));
    return {
      cases: scored.map(({ stored }) => stored.record),
      failures: [...unlisted, ...outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []))],
      provenance: new Map(scored.map(({ stored }) => [stored.record.name, stored.provenance])),
      takenOver: scored.filter(({ isNew }) => !isNew).length,
    };
  } finally {
    await scorer.close();
  }
}

async function scoreOne(job: ScoringJob, files: CaseFiles, { score }: ScoreThreads): Promise<Outcome> {
  const { source, labels, plan, store } = job;
  const opened = await source.open(files);
  const truthFile = await readDigested(files.truth);
  const key = caseKey(job, [truthFile.sha256, ...opened.dependsOn]);
  const earlier = await store.find(files.name, key);
  if (earlier) return { stored: earlier, isNew: false };
  const truth = readTruth(truthFile.bytes, labels, job.renamed);
  const raw = await opened.predict();
  const { prediction, findings } = fitPrediction(raw, truth, { labels, mayResample: job.mayResample });
  const hole = numberingHole(truth, labels);
  const scores = await score({ prediction, truth, options: plan });
  const record = caseRecord(files.name, scores, {
    geometry: truth.geometry,
    findings: [...(opened.image?.findings ?? []), ...findings, ...(hole ? [hole] : [])],
  });
  const { segmentVolume } = source;
  const perturbed =
    job.perturbs && opened.image && segmentVolume && !gridMismatch(truth.geometry, opened.image.volume.geometry)
      ? await perturbCase({
          name: files.name,
          volume: opened.image.volume,
          truth: { geometry: opened.image.volume.geometry, labels: truth.labels },
          prediction: raw,
          regions: plan.regions,
          segmentVolume,
        })
      : undefined;
  const provenance = {
    truthSha256: truthFile.sha256,
    ...(opened.image ? { imageSha256: opened.image.inputSha256() } : {}),
    predictionSha256: labelsSha256(prediction),
  };
  const stored = { key, provenance, record: { ...record, ...(perturbed ? { perturbed } : {}) } };
  await store.keep(files.name, stored);
  return { stored, isNew: true };
}

/** Digest of all that the record of a case depends on. */
function caseKey({ plan, labels, renamed, mayResample, perturbs }: ScoringJob, digests: readonly string[]): string {
  const settings = { SCORING_VERSION, plan, labels, renamed: renamed ? [...renamed] : null, mayResample, perturbs, digests };
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}
