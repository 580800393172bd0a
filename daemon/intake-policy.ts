/**
 * The daemon's options → how patient intake is.
 * @module
 */
import type { DaemonConfig } from './config.ts';
import type { CompletenessPolicy } from './intake/completeness.ts';
import type { WorkPlan } from './rules/work-plan.ts';

/** With `--once` nothing arrives any more: what does not change is all there is. */
export function policyOf({ once, quietPeriodMs, longQuietPeriodMs, incompleteTimeoutMs }: DaemonConfig): CompletenessPolicy {
  return once
    ? { quietPeriodMs, longQuietPeriodMs: quietPeriodMs, incompleteTimeoutMs: quietPeriodMs }
    : { quietPeriodMs, longQuietPeriodMs, incompleteTimeoutMs };
}

/** Absent where series of a study are not compared. With `--once` nothing arrives any more. */
export function studyQuietPeriodOf({ rules }: WorkPlan, { once, quietPeriodMs }: DaemonConfig): number | undefined {
  if (!rules.oneSeriesPerStudy) return undefined;
  return once ? quietPeriodMs : rules.studyQuietPeriodMs;
}
