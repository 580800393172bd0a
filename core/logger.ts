/**
 * The logger that library code is given. It can only say what is listed here: event names and fields are closed sets,
 * so nothing about a patient (tag value, UID, path, file name) can reach a log.
 * @module
 */

/** Fields a log line may carry. */
export interface LogFields {
  readonly jobId?: string;
  readonly bundle?: string;
  readonly stage?: string;
  readonly provider?: string;
  readonly errorCode?: string;
  readonly findingCode?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly attempt?: number;
  readonly revision?: number;
  readonly slices?: number;
  readonly files?: number;
  readonly done?: number;
  readonly total?: number;
  readonly durationMs?: number;
  readonly sizeVoxels?: readonly number[];
  readonly version?: string;
  readonly port?: number;
  readonly exitCode?: number;
}

/** Names of events, `subject.verb`. */
export type LogEvent =
  | 'daemon.started'
  | 'daemon.stopping'
  | 'daemon.stopped'
  | 'daemon.idle'
  | 'scan.done'
  | 'scan.failed'
  | 'series.seen'
  | 'series.complete'
  | 'series.rejected'
  | 'series.not-chosen'
  | 'job.queued'
  | 'job.started'
  | 'job.progress'
  | 'job.published'
  | 'job.failed'
  | 'job.set-aside'
  | 'lease.lost'
  | 'intake.paused'
  | 'intake.resumed'
  | 'config.reloaded'
  | 'config.refused'
  | 'http.listening'
  | 'retention.done'
  | 'retention.failed'
  | 'queue.rebuilt'
  | 'queue.failed'
  | 'queue.lost'
  | 'queue.reopened'
  | 'session.ready'
  | 'provider.refused'
  | 'golden.checked'
  | 'line.stopped'
  | 'line.resumed'
  | 'notification.failed'
  | 'worker.started'
  | 'worker.died'
  | 'result.missing'
  | 'input.changed'
  | 'input.kept'
  | 'input.moved'
  | 'input.deleted';

export interface Logger {
  info(event: LogEvent, fields?: LogFields): void;
  warn(event: LogEvent, fields?: LogFields): void;
  error(event: LogEvent, fields?: LogFields): void;
}

/** Says nothing: the default of library code. */
export const SILENT_LOGGER: Logger = { info: () => {}, warn: () => {}, error: () => {} };
