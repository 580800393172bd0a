/**
 * An input without result → `<out>/rejected/<name>/report.json`, for what is refused before a worker sees it or after a
 * worker gave up.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../core/finding.ts';
import type { CompletenessEvidence } from './job/job.ts';
import { publish } from './results/publish.ts';
import { REPORT_FILE, refusalReport } from './results/report.ts';

/** Why an input has no result. */
export interface Rejection {
  /** Name of its report's folder, before it is made unique. */
  readonly name: string;
  /** Of the input: rejecting it twice gives one report. */
  readonly fingerprint: string;
  readonly code: string;
  /** A sentence a radiographer understands. */
  readonly message: string;
  readonly evidence: CompletenessEvidence;
  readonly findings: readonly Finding[];
}

/**
 * Publishes the report, unless the same one is there.
 * @returns its folder below the output folder.
 * @throws {VoxwatchError} `OUTPUT_NOT_WRITABLE`.
 */
export async function publishRejection(outDir: string, rejection: Rejection): Promise<string> {
  const { name, fingerprint, code, message, evidence, findings } = rejection;
  const jobIdentity = `${fingerprint}-${code}`;
  const { folder } = await publish({ outDir, name, section: 'rejected', identity: jobIdentity }, (temporary) => {
    const report = refusalReport({ jobIdentity, createdAt: new Date(), evidence, findings, code, message });
    return writeFile(join(temporary, REPORT_FILE), `${JSON.stringify(report, null, 2)}\n`);
  });
  return folder;
}
