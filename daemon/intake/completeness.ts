/**
 * Is all of a series there? Decided by evidence, and the reasons are kept for the report.
 *
 * Pure: what was found, when it last changed and the time now in, a state out. Every peer waits a fixed time instead
 * (5 s to 60 s) and never looks at the geometry; we wait shortly where the evidence is complete and long where it is not, and
 * longer for a sender that is seen to pause. Never more shortly for a quick one: half a series that came quickly closes as well.
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
  /** The longest time that passed between two of its files; 0 where no two were seen to come. */
  readonly longestGapMs: number;
  /** The longest time that one of its files stayed as it was before it changed without growing. */
  readonly longestPauseMs: number;
}

export interface CompletenessPolicy {
  readonly quietPeriodMs: number;
  readonly longQuietPeriodMs: number;
  readonly incompleteTimeoutMs: number;
}

export type Completeness =
  /** Look again in `dueInMs`, unless something changes before. */
  { readonly state: 'waiting'; readonly dueInMs: number; readonly reasons: readonly string[] } | CompletenessEvidence;

/** A sender that has paused is given as much again, and as much again, before it counts as finished … */
const PAUSES_GRANTED = 2;
/** … but never more than so many long quiet times: what pauses longer makes a revision. */
const MOST_QUIET_PERIODS = 1.4;

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
  const { quietPeriodMs, longQuietPeriodMs } = quietPeriodsOf(arrival, policy);
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

/**
 * The quiet times of the policy, longer for a sender that was seen to pause: between two writes to a file that was of
 * its full length before it was written, or between two files where nothing says how many there will be.
 */
function quietPeriodsOf(
  { longestGapMs, longestPauseMs }: Arrival,
  { quietPeriodMs, longQuietPeriodMs }: CompletenessPolicy,
): Pick<CompletenessPolicy, 'quietPeriodMs' | 'longQuietPeriodMs'> {
  const mostMs = MOST_QUIET_PERIODS * longQuietPeriodMs;
  const atLeast = (periodMs: number, pauseMs: number): number => Math.max(periodMs, Math.min(mostMs, PAUSES_GRANTED * pauseMs));
  return {
    quietPeriodMs: atLeast(quietPeriodMs, longestPauseMs),
    longQuietPeriodMs: atLeast(longQuietPeriodMs, Math.max(longestGapMs, longestPauseMs)),
  };
}

function finished({ findings }: DiscoveredSeries): 'complete' | 'complete-with-warnings' {
  return findings.some(({ severity }) => severity !== 'info') ? 'complete-with-warnings' : 'complete';
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
