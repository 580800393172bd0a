/**
 * `report.json` into a folder of results.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPORT_FILE, type RefusalReport, type ResultReport } from './report.ts';

/** @param folder - Exists. */
export function writeReport(folder: string, report: ResultReport | RefusalReport): Promise<void> {
  return writeFile(join(folder, REPORT_FILE), `${JSON.stringify(report, null, 2)}\n`);
}
