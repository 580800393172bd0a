/**
 * An input without result → `report.json`: in `<out>/rejected/<name>/` for what is refused before a worker sees it or after
 * a worker gave up, in `<out>/not-chosen/<name>/` for what the rules leave alone.
 * @module
 */
import type { Finding } from '../core/finding.ts';
import type { CompletenessEvidence } from './job/job.ts';
import { publish } from './results/publish.ts';
import { refusalReport } from './results/report.ts';
import { writeReport } from './results/write-report.ts';

/** Why an input has no result. */
export interface Rejection {
  /** `not-chosen` is no failure. */
  readonly status: 'refused' | 'not-chosen';
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
  const { status, name, fingerprint, code, message, evidence, findings } = rejection;
  const jobIdentity = `${fingerprint}-${code}`;
  const section = status === 'refused' ? 'rejected' : 'not-chosen';
  const { folder } = await publish({ outDir, name, section, identity: jobIdentity }, (temporary) => {
    const report = refusalReport({ status, jobIdentity, createdAt: new Date(), evidence, findings, code, message });
    return writeReport(temporary, report);
  });
  return folder;
}
