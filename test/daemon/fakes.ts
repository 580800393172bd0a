/**
 * Stand-ins for the daemon's neighbours: a discovery that reads three words instead of DICOM, a runner that writes an
 * empty result folder.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import type { LogEvent, LogFields, Logger } from '../../core/logger.ts';
import type { CompletenessPolicy } from '../../daemon/intake/completeness.ts';
import type { DiscoveredSeries, Discovery, SetAside } from '../../daemon/intake/discovered-series.ts';
import type { FolderIntake } from '../../daemon/intake/folder-intake.ts';
import { Intake } from '../../daemon/intake/intake.ts';
import { type FolderEvents, watchFolder } from '../../daemon/intake/watch-folder.ts';
import type { JobOutcome, JobRequest, JobRunner, JobWatch, Revision } from '../../daemon/job/job.ts';
import { monotonicMs } from '../../daemon/monotonic-clock.ts';
import type { JobQueue, QueuedJob } from '../../daemon/queue/job-queue.ts';
import type { Rejection } from '../../daemon/rejection.ts';
import type { SeriesRules } from '../../daemon/rules/rules-schema.ts';
import type { WorkPlan } from '../../daemon/rules/work-plan.ts';

/** `*.nii`: one series each; `*.dcm`: one series a folder; whatever else is no image. Content: `truncated…`, `mr…` or anything. */
export async function fakeDiscover(dir: string): Promise<Discovery> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const series = new Map<string, DiscoveredSeries>();
  const setAside: SetAside[] = [];
  for (const entry of entries.filter((entry) => entry.isFile())) {
    const file = join(entry.parentPath, entry.name);
    const text = await readFile(file, 'utf8');
    const kind = { '.nii': 'nifti', '.dcm': 'dicom' }[extname(file)] as 'nifti' | 'dicom' | undefined;
    if (kind === undefined) {
      setAside.push({ file, code: 'INPUT_UNKNOWN_FORMAT', message: 'This file is no image.' });
      continue;
    }
    const home = kind === 'nifti' ? file : dirname(file);
    const before = series.get(home);
    series.set(home, {
      kind,
      name: basename(home, '.nii'),
      key: `${kind} ${relative(dir, home)}`,
      files: [...(before?.files ?? []), file].sort(),
      isClosed: true,
      findings: [],
      ...(text.startsWith('truncated') && { refusal: { code: 'INPUT_TRUNCATED', message: 'A file ends too early.' } }),
      ...(text.startsWith('mr') && { refusal: { code: 'DICOM_NOT_CT', message: 'This is no CT.' } }),
    });
  }
  return { series: [...series.values()], setAside };
}

/** Looks in this thread, with another discovery. */
export function localIntake(dir: string, policy: CompletenessPolicy, discover: (path: string) => Promise<Discovery>): FolderIntake {
  let quietMs: number | undefined;
  let events: FolderEvents | undefined;
  const intake = new Intake(dir, policy, { discover, nowMs: () => performance.now(), studyQuietPeriodMs: () => quietMs });
  return {
    look: (studyQuietPeriodMs) => {
      quietMs = studyQuietPeriodMs;
      return intake.look();
    },
    watch: (onChange, onLost) => {
      events = watchFolder(dir, onChange, onLost);
    },
    close: async () => events?.close(),
  };
}

/** Does what it is told for a name, else publishes an empty folder. */
export class FakeRunner implements JobRunner {
  readonly runs: string[] = [];
  readonly bundleDirs: (readonly string[])[] = [];
  readonly revisions: (Revision | undefined)[] = [];
  isClosed = false;
  readonly #behaviour: Readonly<Record<string, (run: number, watch: JobWatch) => Promise<JobOutcome | undefined>>>;

  constructor(behaviour: Readonly<Record<string, (run: number, watch: JobWatch) => Promise<JobOutcome | undefined>>> = {}) {
    this.#behaviour = behaviour;
  }

  async run({ series: { name }, outDir, bundleDirs, revision }: JobRequest, watch: JobWatch = {}): Promise<JobOutcome> {
    this.runs.push(name);
    this.bundleDirs.push(bundleDirs);
    this.revisions.push(revision);
    const outcome = await this.#behaviour[name]?.(this.runs.filter((run) => run === name).length, watch);
    if (outcome !== undefined) return outcome;
    await mkdir(join(outDir, name), { recursive: true });
    return { status: 'published', folder: name, identity: 'i', findings: [] };
  }

  /** What is wrong with a bundle, by its folder. */
  readonly unproved = new Map<string, VoxwatchError>();

  async prove(bundleDir: string): Promise<void> {
    const error = this.unproved.get(bundleDir);
    if (error !== undefined) throw error;
  }

  extend(): void {}

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

export const workerDies = async (): Promise<never> => {
  throw new VoxwatchError('WORKER_DIED', 'The worker process died.');
};

export async function fakeReject(outDir: string, { status, name, code }: Rejection): Promise<string> {
  const folder = join(status === 'refused' ? 'rejected' : status, name);
  await mkdir(join(outDir, folder), { recursive: true });
  await writeFile(join(outDir, folder, 'report.json'), JSON.stringify({ code }));
  return folder;
}

export interface LogLine {
  readonly event: LogEvent;
  readonly fields: LogFields;
}

export function recordingLogger(lines: LogLine[]): Logger {
  const log = (event: LogEvent, fields: LogFields = {}) => void lines.push({ event, fields });
  return { info: log, warn: log, error: log };
}

/** No rules: every series goes to one bundle. */
export function planOf(manifestSha256: string, rules: Partial<SeriesRules> = {}): WorkPlan {
  return {
    rules: { oneSeriesPerStudy: false, studyQuietPeriodMs: 0, ...rules },
    defaultBundles: ['kidney'],
    bundles: new Map([
      ['kidney', { dir: '/kidney', manifestSha256 }],
      ['liver', { dir: '/liver', manifestSha256: `liver ${manifestSha256}` }],
    ]),
    workKey: 'work',
  };
}

/** A queue in memory, with the same rule: waiting jobs with equal fingerprints are one. */
export function memoryQueue(): JobQueue {
  const waiting: { readonly job: QueuedJob; readonly priority: number }[] = [];
  return {
    add: async (job, priority) => {
      if (!waiting.some(({ job: { fingerprint } }) => fingerprint === job.fingerprint)) waiting.push({ job, priority });
      waiting.sort((a, b) => b.priority - a.priority);
    },
    take: async () => {
      const next = waiting.shift();
      return next && { ...next.job, ticket: next.job.jobId, holder: 'us', untilMs: monotonicMs() + 60_000 };
    },
    renew: async ({ untilMs }) => untilMs,
    handBack: async ({ jobId, fingerprint, jobClass, handBacks }) => {
      setTimeout(() => waiting.push({ job: { jobId, fingerprint, jobClass, handBacks: handBacks + 1 }, priority: 0 }), 50).unref();
    },
    finish: async () => {},
    close: async () => {},
  };
}
