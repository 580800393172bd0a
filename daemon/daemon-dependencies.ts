/**
 * What the daemon is made of: the real parts come from the command line, tests give fakes.
 * @module
 */
import type { Logger } from '../core/logger.ts';
import type { OpenIntake } from './intake/folder-intake.ts';
import type { JobRunner } from './job/job.ts';
import type { JobQueue, QueueWatch } from './queue/job-queue.ts';
import type { Rejection } from './rejection.ts';
import type { WorkPlan } from './rules/work-plan.ts';
import type { AtStep } from './steps.ts';

export interface DaemonDependencies {
  readonly openIntake: OpenIntake;
  readonly runner: JobRunner;
  /** Opens the queue; called once the state folder is there and locked. */
  readonly openQueue: (watch: QueueWatch) => Promise<JobQueue>;
  /** Writes `<out>/rejected/<name>/report.json`; returns the folder below the output folder. */
  readonly publishRejection: (outDir: string, rejection: Rejection) => Promise<string>;
  /** Removes unfinished results that killed processes left in the output folder. */
  readonly removeLeftovers: (outDir: string, olderThanMs: number) => Promise<void>;
  /** Which series goes to which bundle. */
  readonly plan: WorkPlan;
  readonly logger: Logger;
  /** For tests that end the process at a step. */
  readonly atStep?: AtStep;
}
