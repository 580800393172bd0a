/** What `segment` prints for people: a line a bundle, and every warning once. */
import { describe, expect, it } from 'vitest';
import { type InputResult, resultTable, warningLines } from '../../cli/result-table.ts';
import type { Finding } from '../../core/finding.ts';
import type { ResultReport } from '../../daemon/results/report.ts';

const TILTED: Finding = { code: 'UNEVEN_SLICES', severity: 'warning', message: 'Uneven.' };
const ENHANCED: Finding = { code: 'ORGAN_NOT_ENHANCED', severity: 'warning', message: 'The liver measures 42 HU.' };
const NOTHING: Finding = { code: 'NO_TUMOUR_FOUND', severity: 'info', message: 'None.' };

function report(bundle: string, ...findings: readonly Finding[]): ResultReport {
  const labels = [{ name: bundle, volumeMl: 12.34 }];
  return {
    outcome: 'no-tumour-found',
    labels,
    timingsMs: { total: 1500 },
    bundle: { name: bundle },
    findings,
  } as unknown as ResultReport;
}

const published = (name: string, ...reports: readonly ResultReport[]): InputResult => ({
  ...{ name, status: 'published', folder: name, reports },
});

describe('what segment prints', () => {
  it('names the folder of each of several bundles, and the one of a single bundle', () => {
    const table = resultTable([published('a', report('liver'), report('kidney')), published('b', report('liver'))]);
    const ends = table
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/).at(-1));
    expect(ends).toEqual(['folder', 'a/liver', 'a/kidney', 'b']);
  });

  it('says each warning once, whichever bundles repeat it, and no more than warnings', () => {
    const lines = warningLines([published('a', report('liver', TILTED, ENHANCED, NOTHING), report('kidney', TILTED, NOTHING))]);
    expect(lines).toBe('warning: a: UNEVEN_SLICES: Uneven.\nwarning: a: ORGAN_NOT_ENHANCED: The liver measures 42 HU.\n');
    expect(warningLines([published('b', report('liver', NOTHING))])).toBe('');
    expect(warningLines([{ name: 'c', status: 'refused', code: 'X', message: 'No.' }])).toBe('');
  });
});
