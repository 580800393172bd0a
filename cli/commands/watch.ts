/**
 * `voxwatch watch`: the daemon.
 * @module
 */
import type { Command } from 'commander';
import { asVoxwatchError, VoxwatchError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { type DaemonConfig, resolveConfig } from '../../daemon/config.ts';
import { createDaemon, type Daemon } from '../../daemon/daemon.ts';
import { openThreadedIntake } from '../../daemon/intake/threaded-intake.ts';
import { createProcessRunner } from '../../daemon/job/process-runner.ts';
import type { DrainSummary } from '../../daemon/queue/backlog.ts';
import { openQueue } from '../../daemon/queue/open-queue.ts';
import { publishRejection } from '../../daemon/rejection.ts';
import { removeStaleTemporaries } from '../../daemon/results/publish.ts';
import type { WorkPlan } from '../../daemon/rules/work-plan.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { createStderrLogger } from '../pino-logger.ts';
import { planWork } from '../plan-work.ts';
import { addWatchOptions, readSources } from '../watch-options.ts';

const HELP_AFTER = `
Each option may also stand in the environment (--quiet-period-ms is VOXWATCH_QUIET_PERIOD_MS) or in the config file
({"quietPeriodMs": 2000}). A flag wins over the environment, the environment over the file.
Which series goes to which bundle is said by "rules" in the config file; \`voxwatch rules test\` shows what they do, and
SIGHUP has them read again.
A series that has its outcome is not done again, also when its result is deleted: change the input to have it done anew.

With --once, exit code 0: all has a result · 1: something failed · 3: an input was refused, see <out>/rejected ·
4: something is missing on this machine.`;

export function define(command: Command): void {
  addWatchOptions(command);
  command.addHelpText('after', HELP_AFTER).action(watch);
}

async function watch({ config: configFile, ...flags }: Readonly<Record<string, unknown>>): Promise<void> {
  const readConfig = async (): Promise<DaemonConfig> => resolveConfig(await readSources(flags, configFile));
  const config = await readConfig();
  const logger = createStderrLogger();
  const daemon = assembleDaemon(config, await planWork(config), logger);
  const isStopped = stopOnSignals(daemon);
  process.on('SIGHUP', () => void reload(daemon, config, readConfig, logger));
  await daemon.start();
  const isOver = config.once ? daemon.drain() : isStopped;
  const ended = await Promise.race([isOver, daemon.broken]);
  // A second time changes nothing where a signal has stopped it.
  await daemon.stop();
  // Said with its exit code, so that a service manager starts the daemon again.
  if (ended instanceof VoxwatchError) throw ended;
  if (ended !== undefined) process.exitCode = exitCodeOf(ended);
}

function assembleDaemon(config: DaemonConfig, plan: WorkPlan, logger: Logger): Daemon {
  return createDaemon(
    {
      logger,
      plan,
      publishRejection,
      openIntake: openThreadedIntake,
      runner: createProcessRunner({ logger }),
      openQueue: (watch) => openQueue(config, logger, watch),
      removeLeftovers: removeStaleTemporaries,
    },
    config,
  );
}

/** Takes over rules and bundles. Whatever else has changed needs a restart, and is said. What does not fit changes nothing. */
async function reload(
  daemon: Daemon,
  running: DaemonConfig,
  readConfig: () => Promise<DaemonConfig>,
  logger: Logger,
): Promise<void> {
  try {
    const { rules, models, ...rest } = await readConfig();
    daemon.follow(await planWork({ rules, models, overlays: running.overlays }));
    const { rules: _rules, models: _models, ...kept } = running;
    logger.info('config.reloaded', { state: JSON.stringify(rest) === JSON.stringify(kept) ? 'complete' : 'restart-needed' });
  } catch (thrown) {
    const { code } = asVoxwatchError(thrown);
    logger.error('config.refused', { errorCode: code });
  }
}

/** @returns Resolves when a signal has stopped the daemon. A second signal ends the process at once. */
function stopOnSignals(daemon: Daemon): Promise<void> {
  return new Promise((resolve, reject) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => daemon.stop().then(resolve, reject));
  });
}

function exitCodeOf({ failure, refused }: DrainSummary): number {
  if (failure !== undefined) return EXIT_CODES[failure];
  return refused > 0 ? EXIT_CODES.refused : EXIT_CODES.done;
}
