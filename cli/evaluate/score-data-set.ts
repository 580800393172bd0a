/**
 * All cases of a data set → their records. A case that cannot be scored is named with its reason; the rest goes on.
 * @module
 */
import { createHash } from 'node:crypto';
import { asVoxwatchError } from '../../core/errors.ts';
import { caseRecord } from '../../evaluate/case-record.ts';
import { numberingHole } from '../../evaluate/check-labels.ts';
import type { LabelSet, ScoringPlan } from '../../evaluate/regions.ts';
import { gridMismatch } from '../../evaluate/resample.ts';
import { scoreCase } from '../../evaluate/score-case.ts';
import type { FailedCase, ScoredCase } from '../../evaluate/score-document.ts';
import type { CaseProvenance, CaseStore, StoredCase } from './case-store.ts';
import type { CaseFiles, DataSet } from './data-set.ts';
import { perturbCase } from './perturb-case.ts';
import { labelsSha256, type PredictionSource } from './prediction-source.ts';
import { fitPrediction, readDigested, readTruth } from './read-case.ts';

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

/** @throws {VoxwatchError} only where going on makes no sense: something is missing on this machine. */
export async function scoreDataSet(job: ScoringJob): Promise<ScoredDataSet> {
  const cases: ScoredCase[] = [];
  const failures: FailedCase[] = [...job.dataSet.failures];
  const provenance = new Map<string, CaseProvenance>();
  let takenOver = 0;
  for (const [n, files] of job.dataSet.cases.entries()) {
    let isTakenOver = false;
    try {
      const { stored, isNew } = await scoreOne(job, files);
      isTakenOver = !isNew;
      if (isTakenOver) takenOver++;
      cases.push(stored.record);
      provenance.set(files.name, stored.provenance);
    } catch (thrown) {
      const error = asVoxwatchError(thrown);
      if (error.kind === 'missing') throw error;
      failures.push({ name: files.name, code: error.code, message: error.message });
    }
    job.onCase?.({ done: n + 1, of: job.dataSet.cases.length, isTakenOver });
  }
  return { cases, failures, provenance, takenOver };
}

async function scoreOne(job: ScoringJob, files: CaseFiles): Promise<{ stored: StoredCase; isNew: boolean }> {
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
  const scores = scoreCase(prediction, truth, plan);
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
    ...(opened.image ? { imageSha256: opened.image.inputSha256 } : {}),
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
