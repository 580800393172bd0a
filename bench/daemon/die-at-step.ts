/**
 * A daemon that does what is in a folder, and kills itself at one step: `--in`, `--out`, `--model`, `--after-dir` and
 * `--step`, a name of {@link DAEMON_STEPS} or nothing. Its jobs run in its own process, so that their steps end it too.
 * @module
 */
import { parseArgs } from 'node:util';
import { planWork } from '../../cli/plan-work.ts';
import { SILENT_LOGGER } from '../../core/logger.ts';
import { resolveConfig } from '../../daemon/config.ts';
import { createDaemon } from '../../daemon/daemon.ts';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import { readVolume } from '../../daemon/intake/read-volume.ts';
import { BundleShelf } from '../../daemon/job/bundle-shelf.ts';
import type { JobRunner } from '../../daemon/job/job.ts';
import { runJob } from '../../daemon/job/run-job.ts';
import { openQueue } from '../../daemon/queue/open-queue.ts';
import { publishRejection } from '../../daemon/rejection.ts';
import { removeStaleTemporaries } from '../../daemon/results/publish.ts';
import type { AtStep } from '../../daemon/steps.ts';

const QUIET_MS = 200;

const { values } = parseArgs({
  options: {
    in: { type: 'string' },
    out: { type: 'string' },
    model: { type: 'string', default: '' },
    'after-dir': { type: 'string' },
    step: { type: 'string' },
  },
});
const { in: input, out, model, 'after-dir': afterDir, step: lastStep } = values;
const config = resolveConfig({
  flags: { in: input, out, model: [model], after: 'move', afterDir, provider: 'cpu', once: true, quietPeriodMs: QUIET_MS },
  environment: {},
});

const atStep: AtStep = (step) => {
  if (step === lastStep) process.kill(process.pid, 'SIGKILL');
};
const shelf = new BundleShelf();
const runner: JobRunner = {
  run: (request, onProgress) => {
    const takeBundle = shelf.take.bind(shelf);
    return runJob(request, { readVolume, takeBundle, atStep, ...(onProgress && { onProgress }) });
  },
  extend: () => {},
  prove: async () => {},
  close: () => shelf.release(),
};
const daemon = createDaemon(
  {
    logger: SILENT_LOGGER,
    plan: await planWork(config),
    discover: (dir) => discoverSeries(dir, { nameLooseFilesBy: 'digest' }),
    openQueue: () => openQueue(config, SILENT_LOGGER),
    removeLeftovers: removeStaleTemporaries,
    ...{ runner, publishRejection, atStep },
  },
  config,
);
await daemon.start();
const { published, failure } = await daemon.drain();
await daemon.stop();
console.log(JSON.stringify({ published }));
process.exitCode = failure === undefined ? 0 : 1;
