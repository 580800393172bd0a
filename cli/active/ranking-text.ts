/**
 * A ranking → `ranking.csv`, and the table that a person reads.
 * @module
 */
import { csvField } from '../../evaluate/scores-csv.ts';
import { printable } from '../printable.ts';
import { formatTable } from '../table.ts';
import type { RankedCase, Ranking } from './round-folder.ts';

/** A row a case, the most uncertain first (RFC 4180). */
export function rankingCsv({ cases }: Ranking): string {
  const regions = cases[0]?.regions.map(({ region }) => region) ?? [];
  const head = ['rank', 'case', 'uncertainty', ...regions.flatMap((region) => [`${region}: uncertainty`, `${region}: ml`])];
  const rows = cases.map(({ name, uncertainty, regions: own }, index) => [
    index + 1,
    name,
    uncertainty,
    ...own.flatMap((one) => [one.uncertainty, one.volumeMl]),
  ]);
  return [head, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

/** The first `most` cases. */
export function rankingTable({ cases, leftOut }: Ranking, most: number): string {
  const regions = cases[0]?.regions.map(({ region }) => region) ?? [];
  const shown = cases.slice(0, most);
  const table = formatTable(['rank', 'case', 'uncertainty', ...regions], shown.map(rowOf));
  const rest = cases.length > shown.length ? `… and ${cases.length - shown.length} more in ranking.csv\n` : '';
  return table + rest + leftOut.map(({ name, code, message }) => `left out: ${printable(name)}: ${message} [${code}]\n`).join('');
}

function rowOf({ name, uncertainty, regions }: RankedCase, index: number): string[] {
  const ofRegion = (one: RankedCase['regions'][number]): string => `${one.uncertainty.toFixed(3)} (${one.volumeMl.toFixed(1)} ml)`;
  return [String(index + 1), name, uncertainty.toFixed(3), ...regions.map(ofRegion)];
}
