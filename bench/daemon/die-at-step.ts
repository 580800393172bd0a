/**
 * Two daemons, one after the other: the first does what a life before left undone, and what it left is printed; the second
 * gets a new study and kills the process at one step of it. `--in`, `--out`, `--model`, `--after-dir`; `--step`, a name of
 * {@link DAEMON_STEPS}, and `--study`, the number of the new study: without them there is no second daemon. Jobs run in this
 * process, so that their steps end it too.
 * @module
 */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { planWork } from '../../cli/plan-work.ts';
import { SILENT_LOGGER } from '../../core/logger.ts';
import { resolveConfig } from '../../daemon/config.ts';
import { createDaemon } from '../../daemon/daemon.ts';
import { readVolume } from '../../daemon/intake/read-volume.ts';
import { openThreadedIntake } from '../../daemon/intake/threaded-intake.ts';
import { BundleShelf } from '../../daemon/job/bundle-shelf.ts';
import type { JobRunner } from '../../daemon/job/job.ts';
import { runJob } from '../../daemon/job/run-job.ts';
import type { DrainSummary } from '../../daemon/queue/backlog.ts';
import { openQueue } from '../../daemon/queue/open-queue.ts';
import { publishRejection } from '../../daemon/rejection.ts';
import { removeStaleTemporaries } from '../../daemon/results/publish.ts';
import { type AtStep, NOBODY_LISTENS } from '../../daemon/steps.ts';
import { dropStudy } from './studies.ts';
import { countLeftovers, readResults } from './watch-process.ts';

const QUIET_MS = 50;
const SLICES = 2;

/** What the first daemon found and left. */
export interface Recovered {
  readonly published: number;
  readonly refused: number;
  readonly all: readonly string[];
  readonly whole: readonly string[];
  readonly leftovers: number;
  readonly left: readonly string[];
}

const { values } = parseArgs({
  options: {
    in: { type: 'string' },
    out: { type: 'string' },
    model: { type: 'string', default: '' },
    'after-dir': { type: 'string' },
    step: { type: 'string' },
    study: { type: 'string' },
  },
});
const { in: input = '', out = '', model, 'after-dir': afterDir, step: lastStep } = values;
const config = resolveConfig({
  flags: { in: input, out, model: [model], after: 'move', afterDir, provider: 'cpu', once: true, quietPeriodMs: QUIET_MS },
  environment: {},
});
const shelf = new BundleShelf();

console.log(JSON.stringify(await recover()));
if (lastStep !== undefined) {
  dropStudy(input, Number(values.study), SLICES);
  await live((step) => {
    if (step === lastStep) process.kill(process.pid, 'SIGKILL');
  });
}
await shelf.release();

async function recover(): Promise<Recovered> {
  const { published, refused, failure } = await live(NOBODY_LISTENS);
  if (failure !== undefined) throw new Error(failure);
  const { all, whole } = readResults(out);
  return { published, refused, all, whole, leftovers: countLeftovers(out), left: readdirSync(input) };
}

async function live(atStep: AtStep): Promise<DrainSummary> {
  const daemon = createDaemon(
    {
      logger: SILENT_LOGGER,
      plan: await planWork(config),
      openIntake: openThreadedIntake,
      openQueue: () => openQueue(config, SILENT_LOGGER),
      removeLeftovers: removeStaleTemporaries,
      ...{ runner: runnerWith(atStep), publishRejection, atStep },
    },
    config,
  );
  await daemon.start();
  const summary = await daemon.drain();
  await daemon.stop();
  return summary;
}

function runnerWith(atStep: AtStep): JobRunner {
  return {
    run: (request, { onProgress } = {}) => {
      const takeBundle = shelf.take.bind(shelf);
      return runJob(request, { readVolume, takeBundle, atStep, ...(onProgress && { onProgress }) });
    },
    extend: () => {},
    prove: async () => {},
    close: async () => {},
  };
}
