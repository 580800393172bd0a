/** A daemon in this process with a folder of its own; runner, discovery and queue are stand-ins. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DaemonOptions, resolveConfig } from '../../daemon/config.ts';
import { createDaemon, type Daemon } from '../../daemon/daemon.ts';
import type { DaemonDependencies } from '../../daemon/daemon-dependencies.ts';
import type { JobRunner } from '../../daemon/job/job.ts';
import type { JobQueue } from '../../daemon/queue/job-queue.ts';
import type { WorkPlan } from '../../daemon/rules/work-plan.ts';
import { type AtStep, NOBODY_LISTENS } from '../../daemon/steps.ts';
import { fakeDiscover, fakeReject, type LogLine, localIntake, memoryQueue, planOf, recordingLogger } from './fakes.ts';

/** How long the daemon waits for more. */
export const QUIET_MS = 150;

/** What is not the usual stand-in. */
interface Parts {
  readonly plan?: WorkPlan;
  readonly discover?: typeof fakeDiscover;
  readonly queue?: JobQueue;
  readonly openQueue?: DaemonDependencies['openQueue'];
  readonly atStep?: AtStep;
}

export class DaemonSite {
  readonly root = mkdtempSync(join(tmpdir(), 'daemon-'));
  readonly input = join(this.root, 'in');
  readonly out = join(this.root, 'out');
  /** What was logged. */
  readonly lines: LogLine[] = [];
  readonly #daemons: Daemon[] = [];

  constructor() {
    mkdirSync(this.input);
  }

  /** Stops what still runs, and removes the folders. */
  async end(): Promise<void> {
    await Promise.all(this.#daemons.map((daemon) => daemon.stop()));
    rmSync(this.root, { recursive: true });
  }

  newDaemon(runner: JobRunner, options: Partial<DaemonOptions> = {}, parts: Parts = {}): Daemon {
    const { plan = planOf('bundles'), discover = fakeDiscover, queue = memoryQueue(), atStep = NOBODY_LISTENS } = parts;
    const { openQueue = async () => queue } = parts;
    const flags = {
      in: this.input,
      out: this.out,
      quietPeriodMs: QUIET_MS,
      longQuietPeriodMs: 2 * QUIET_MS,
      incompleteTimeoutMs: 4 * QUIET_MS,
      scanIntervalMs: 1_000,
      ...options,
    };
    const daemon = createDaemon(
      {
        openIntake: (dir, policy) => localIntake(dir, policy, discover),
        runner,
        openQueue,
        atStep,
        publishRejection: fakeReject,
        removeLeftovers: async () => {},
        plan,
        logger: recordingLogger(this.lines),
      },
      resolveConfig({ flags, environment: {} }),
    );
    this.#daemons.push(daemon);
    return daemon;
  }

  /** Everything that is there, done with --once. */
  async once(runner: JobRunner, options: Partial<DaemonOptions> = {}, parts?: Parts) {
    const daemon = this.newDaemon(runner, { once: true, ...options }, parts);
    await daemon.start();
    const summary = await daemon.drain();
    await daemon.stop();
    return summary;
  }

  drop(name: string, text = 'whole'): void {
    writeFileSync(join(this.input, name), text);
  }

  rejectedCode(name: string): string {
    return JSON.parse(readFileSync(join(this.out, 'rejected', name, 'report.json'), 'utf8')).code;
  }

  results(): string[] {
    return readdirSync(this.out).filter((name) => !name.startsWith('.'));
  }
}
