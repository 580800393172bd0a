import { describe, expect, it } from 'vitest';
import { type Arrival, assessCompleteness } from '../../../daemon/intake/completeness.ts';
import type { DiscoveredSeries } from '../../../daemon/intake/discovered-series.ts';

const POLICY = { quietPeriodMs: 2_000, longQuietPeriodMs: 10_000, incompleteTimeoutMs: 60_000 };
const CLOSED: DiscoveredSeries = { kind: 'dicom', name: 's', key: 'k', files: ['/a', '/b', '/c'], isClosed: true, findings: [] };
const NIFTI: DiscoveredSeries = { ...CLOSED, kind: 'nifti', files: ['/a'] };
const ARRIVAL: Arrival = { lastChangeMs: 0, hasSentinel: false, longestGapMs: 0, longestPauseMs: 0 };
const WARNING = { code: 'SLICE_DUPLICATE', severity: 'warning', message: 'Two slices lie at one place.' } as const;
const refused = (code: 'INPUT_TRUNCATED' | 'DICOM_LOCALIZER' | 'DICOM_MIXED_SERIES'): DiscoveredSeries => ({
  ...CLOSED,
  refusal: { code, message: 'no' },
});

describe('a series is complete by evidence', () => {
  const table: [what: string, DiscoveredSeries, Partial<Arrival>, afterMs: number, endState: string][] = [
    ['closed, count unknown: the long quiet time', CLOSED, {}, 10_000, 'complete'],
    ['closed and the declared count reached: the short one', { ...CLOSED, declaredSlices: 3 }, {}, 2_000, 'complete'],
    ['closed and a sentinel: the short one', CLOSED, { hasSentinel: true }, 2_000, 'complete'],
    ['closed with a warning', { ...CLOSED, declaredSlices: 3, findings: [WARNING] }, {}, 2_000, 'complete-with-warnings'],
    ['closed but fewer than declared: the timeout', { ...CLOSED, declaredSlices: 4 }, {}, 60_000, 'complete-with-warnings'],
    ['a hole: the timeout', { ...CLOSED, isClosed: false }, {}, 60_000, 'incomplete-timed-out'],
    ['a hole though the count is reached', { ...CLOSED, isClosed: false, declaredSlices: 3 }, {}, 60_000, 'incomplete-timed-out'],
    [
      'a hole and a sentinel: nothing more will come',
      { ...CLOSED, isClosed: false },
      { hasSentinel: true },
      2_000,
      'incomplete-timed-out',
    ],
    ['a NIfTI of the right length: the short one', NIFTI, {}, 2_000, 'complete'],
    ['a NIfTI that is too short: the timeout', { ...NIFTI, isClosed: false }, {}, 60_000, 'incomplete-timed-out'],
    ['refused as truncated: the timeout', refused('INPUT_TRUNCATED'), {}, 60_000, 'incomplete-timed-out'],
    ['refused for too few slices: the timeout', refused('DICOM_MIXED_SERIES'), {}, 60_000, 'incomplete-timed-out'],
    ['a sender that left 6 s between two files: twice that', CLOSED, { longestGapMs: 6_000 }, 12_000, 'complete'],
    ['a sender that left a minute: at most 14 s', CLOSED, { longestGapMs: 60_000 }, 14_000, 'complete'],
    ['a slow one whose declared count is reached', { ...CLOSED, declaredSlices: 3 }, { longestGapMs: 6_000 }, 2_000, 'complete'],
    [
      'a file that stood still for 3 s before it went on',
      { ...CLOSED, declaredSlices: 3 },
      { longestPauseMs: 3_000 },
      6_000,
      'complete',
    ],
    ['a quick sender: no less than the rule', CLOSED, { longestGapMs: 20 }, 10_000, 'complete'],
    ['a localizer stays one: the short one', refused('DICOM_LOCALIZER'), {}, 2_000, 'incomplete-timed-out'],
  ];
  it.each(table)('%s', (_what, series, arrival, afterMs, endState) => {
    const before = assessCompleteness(series, { ...ARRIVAL, ...arrival }, afterMs - 1, POLICY);
    expect(before).toMatchObject({ state: 'waiting', dueInMs: 1 });
    const then = assessCompleteness(series, { ...ARRIVAL, ...arrival }, afterMs, POLICY);
    expect(then.state).toBe(endState);
    expect(then.reasons.length).toBeGreaterThan(0);
  });

  it('the wait begins anew with each change', () => {
    expect(assessCompleteness(CLOSED, { ...ARRIVAL, lastChangeMs: 9_000 }, 12_000, POLICY)).toMatchObject({ dueInMs: 7_000 });
  });
});
