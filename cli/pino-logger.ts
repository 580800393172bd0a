/**
 * The logger of the command line: JSON lines on stderr, or one readable line each on a terminal.
 *
 * Only the fields listed here get through, whatever a caller manages to pass: a log can name no patient.
 * @module
 */
import { pino } from 'pino';
import type { LogEvent, LogFields, Logger } from '../core/logger.ts';

/** Every field of {@link LogFields}; the type below fails to compile when one is missing. */
const ALLOWED_FIELDS = {
  jobId: true,
  bundle: true,
  stage: true,
  provider: true,
  errorCode: true,
  findingCode: true,
  state: true,
  reason: true,
  attempt: true,
  revision: true,
  slices: true,
  files: true,
  done: true,
  total: true,
  durationMs: true,
  sizeVoxels: true,
  version: true,
  port: true,
  exitCode: true,
} as const satisfies Record<keyof LogFields, true>;

type Level = 'info' | 'warn' | 'error';

/** A logger on stderr. */
export function createStderrLogger(): Logger {
  return process.stderr.isTTY ? createLineLogger((line) => process.stderr.write(line)) : createJsonLogger();
}

/** @param fd - Where to write; written before the call returns, so that a crash loses nothing. */
export function createJsonLogger(fd = 2): Logger {
  const log = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ fd, sync: true }),
  );
  return toLogger((level, event, fields) => log[level]({ event, ...fields }));
}

/** `09:41:07 job.published jobId=… durationMs=5120` */
export function createLineLogger(write: (line: string) => void): Logger {
  return toLogger((level, event, fields) => {
    const time = new Date().toTimeString().slice(0, 8);
    const facts = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
    write(`${[time, ...(level === 'info' ? [] : [level.toUpperCase()]), event, ...facts].join(' ')}\n`);
  });
}

function toLogger(write: (level: Level, event: LogEvent, fields: LogFields) => void): Logger {
  const at =
    (level: Level) =>
    (event: LogEvent, fields: LogFields = {}) =>
      write(level, event, Object.fromEntries(Object.entries(fields).filter(([name]) => Object.hasOwn(ALLOWED_FIELDS, name))));
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
