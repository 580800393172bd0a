/**
 * What became of each input → rows for people, or one JSON document for machines.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SetAside } from '../daemon/intake/discovered-series.ts';
import { REPORT_FILE, type ResultReport } from '../daemon/results/report.ts';
import { formatTable } from './table.ts';

/** One input's end. Names are the user's own, and go to stdout only. */
export type InputResult =
  | {
      readonly name: string;
      readonly status: 'published' | 'already-published';
      /** Below the output folder. */
      readonly folder: string;
      /** One a bundle. */
      readonly reports: readonly ResultReport[];
    }
  | {
      readonly name: string;
      readonly status: 'refused' | 'failed';
      readonly code: string;
      readonly message: string;
      /** Absent where nothing was written. */
      readonly folder?: string;
    };

/** Reads the reports of a published folder: its own, or one a bundle. */
export async function readReports(folder: string): Promise<readonly ResultReport[]> {
  const read = async (path: string): Promise<ResultReport[]> =>
    readFile(join(path, REPORT_FILE), 'utf8').then(
      (text) => [JSON.parse(text) as ResultReport],
      () => [],
    );
  const own = await read(folder);
  if (own.length > 0) return own;
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  return (await Promise.all(entries.map(({ name }) => read(join(folder, name))))).flat();
}

/** The table for people. */
export function resultTable(results: readonly InputResult[]): string {
  const rows = results.flatMap((result) =>
    'reports' in result
      ? result.reports.map((report) => reportRow(result, report, folderOf(result, report)))
      : [[result.name, `${result.status}: ${result.code}`, result.message, '', result.folder ?? '']],
  );
  return formatTable(['input', 'outcome', 'volumes', 'seconds', 'folder'], rows);
}

/** One line for each warning that a result comes with, of its input or of what was found; nothing where there is none. */
export function warningLines(results: readonly InputResult[]): string {
  const lines = results.flatMap((result) => {
    if (!('reports' in result)) return [];
    const said = result.reports.flatMap(({ findings }) => findings.filter(({ severity }) => severity !== 'info'));
    // What is said of the input is in the report of each bundle.
    return said.map(({ code, message }) => `warning: ${result.name}: ${code}: ${message}\n`);
  });
  return [...new Set(lines)].join('');
}

/** One line per reason why files beside the series were left alone. */
export function setAsideLines(setAside: readonly SetAside[]): string {
  const reasons = new Map<string, { message: string; files: number }>();
  for (const { code, message } of setAside) reasons.set(code, { message, files: (reasons.get(code)?.files ?? 0) + 1 });
  return [...reasons].map(([code, { message, files }]) => `set aside: ${files} × ${code}: ${message}\n`).join('');
}

/** Of several bundles each has a folder of its own. */
function folderOf(
  { folder, reports }: { readonly folder: string; readonly reports: readonly unknown[] },
  { bundle }: ResultReport,
): string {
  return reports.length > 1 ? `${folder}/${bundle.name}` : folder;
}

function reportRow({ name, status }: InputResult, { outcome, labels, timingsMs }: ResultReport, folder: string): string[] {
  const volumes = labels.map((label) => `${label.name} ${label.volumeMl.toFixed(1)} ml`).join(', ');
  const seconds = status === 'published' ? (timingsMs.total / 1000).toFixed(1) : 'earlier';
  return [name, outcome.replaceAll('-', ' '), volumes, seconds, folder];
}
