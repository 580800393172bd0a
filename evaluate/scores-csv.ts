/**
 * The records of cases → `scores.csv`: one row a case and region (RFC 4180). A field is empty where a score does not exist.
 * @module
 */
import { METRIC_KEYS } from './metric-table.ts';
import type { FailedCase, ScoredCase } from './score-document.ts';

const HEAD = ['case', 'status', 'region', ...METRIC_KEYS, 'truthMl', 'predictedMl', 'findings'];

export function scoresCsv(cases: readonly ScoredCase[], failures: readonly FailedCase[]): string {
  const scored = cases.flatMap(({ name, regions, findings }) =>
    regions.map(({ region, values, truthMl, predictedMl }) => [
      name,
      'scored',
      region,
      ...METRIC_KEYS.map((key) => values[key] ?? ''),
      truthMl,
      predictedMl,
      findings.map(({ code }) => code).join(' '),
    ]),
  );
  const failed = failures.map(({ name, code }) => [name, 'failed', '', ...METRIC_KEYS.map(() => ''), '', '', code]);
  return [HEAD, ...scored, ...failed].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

/** Quoted where it must be; a text that a spreadsheet would run as a formula is led by an apostrophe. */
export function csvField(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
