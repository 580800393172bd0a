/**
 * Is all of a series there? Decided by evidence, and the reasons are kept for the report.
 *
 * Pure: what was found, when it last changed and the time now in, a state out. Every peer waits a fixed time instead
 * (5 s to 60 s) and never looks at the geometry; we wait shortly where the evidence is complete and long where it is not.
 * @module
 */
import type { ErrorCode } from '../../core/errors.ts';
import type { CompletenessEvidence } from '../job/job.ts';
import type { DiscoveredSeries } from './discovered-series.ts';

/** When the parts of a series came. Milliseconds of a clock that never goes back. */
export interface Arrival {
  /** The last moment one of its files was seen to change. */
  readonly lastChangeMs: number;
  /** A sentinel file says that the sender has finished. */
  readonly hasSentinel: boolean;
}

export interface CompletenessPolicy {
  readonly quietPeriodMs: number;
  readonly longQuietPeriodMs: number;
  readonly incompleteTimeoutMs: number;
}

export type Completeness =
  /** Look again in `dueInMs`, unless something changes before. */
  { readonly state: 'waiting'; readonly dueInMs: number; readonly reasons: readonly string[] } | CompletenessEvidence;

/** Refusals that files still to come may lift; all others hold whatever else arrives. */
const LIFTED_BY_ARRIVALS: ReadonlySet<ErrorCode> = new Set([
  'INPUT_TRUNCATED',
  'INPUT_EMPTY',
  'INPUT_CORRUPT',
  // Phases told apart by their times alone show only once all their slices are there.
  'DICOM_MIXED_SERIES',
  'DICOM_INVALID',
  'NIFTI_INVALID',
  'GEOMETRY_INVALID',
]);

/** How far the evidence goes, with how long nothing may have changed for it to count. */
interface Verdict {
  readonly state: CompletenessEvidence['state'];
  readonly waitMs: number;
  readonly reasons: readonly string[];
}

/** Decides whether a series may start, or be refused, now. */
export function assessCompleteness(
  series: DiscoveredSeries,
  arrival: Arrival,
  nowMs: number,
  policy: CompletenessPolicy,
): Completeness {
  const verdict = weighEvidence(series, arrival, policy);
  const quietForMs = nowMs - arrival.lastChangeMs;
  if (quietForMs < verdict.waitMs) {
    return { state: 'waiting', dueInMs: verdict.waitMs - quietForMs, reasons: verdict.reasons };
  }
  return { state: verdict.state, reasons: [...verdict.reasons, `nothing changed for ${seconds(quietForMs)}`] };
}

function weighEvidence(series: DiscoveredSeries, arrival: Arrival, policy: CompletenessPolicy): Verdict {
  const { quietPeriodMs, longQuietPeriodMs } = policy;
  // A sender that says it has finished leaves nothing to wait for.
  const timeoutMs = arrival.hasSentinel ? quietPeriodMs : policy.incompleteTimeoutMs;
  const sentinel = arrival.hasSentinel ? ['a sentinel file says that all is there'] : [];

  if (series.refusal !== undefined) {
    const waitMs = LIFTED_BY_ARRIVALS.has(series.refusal.code) ? timeoutMs : quietPeriodMs;
    return { state: 'incomplete-timed-out', waitMs, reasons: [...sentinel, 'the series cannot be used as it is'] };
  }
  const parsed = 'every file parses to its end';
  if (series.kind === 'nifti') {
    return series.isClosed
      ? { state: finished(series), waitMs: quietPeriodMs, reasons: ['the file is as long as its header says', ...sentinel] }
      : { state: 'incomplete-timed-out', waitMs: timeoutMs, reasons: [...sentinel, 'the file is shorter than its header says'] };
  }
  if (!series.isClosed) {
    const reasons = [parsed, ...sentinel, 'the slices do not close into a lattice: there is a hole'];
    return { state: 'incomplete-timed-out', waitMs: timeoutMs, reasons };
  }
  const closed = [parsed, 'the slices close into a lattice without a hole', ...sentinel];
  const { declaredSlices } = series;
  if (declaredSlices === undefined) {
    return { state: finished(series), waitMs: arrival.hasSentinel ? quietPeriodMs : longQuietPeriodMs, reasons: closed };
  }
  if (series.files.length < declaredSlices) {
    const reasons = [...closed, `${series.files.length} slices are there, ${declaredSlices} were declared`];
    return { state: 'complete-with-warnings', waitMs: timeoutMs, reasons };
  }
  return {
    state: finished(series),
    waitMs: quietPeriodMs,
    reasons: [...closed, `the declared ${declaredSlices} slices are there`],
  };
}

function finished({ findings }: DiscoveredSeries): 'complete' | 'complete-with-warnings' {
  return findings.some(({ severity }) => severity !== 'info') ? 'complete-with-warnings' : 'complete';
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
