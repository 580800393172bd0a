/**
 * `voxwatch watch`: the daemon.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { type DaemonConfig, type DaemonOptions, type OptionSources, parseText, resolveConfig } from '../../daemon/config.ts';
import { createDaemon, type Daemon } from '../../daemon/daemon.ts';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import type { HeaderCache } from '../../daemon/intake/header-cache.ts';
import { createProcessRunner } from '../../daemon/job/process-runner.ts';
import type { DrainSummary } from '../../daemon/queue/backlog.ts';
import { openQueue } from '../../daemon/queue/open-queue.ts';
import { publishRejection } from '../../daemon/rejection.ts';
import { removeStaleTemporaries } from '../../daemon/results/publish.ts';
import { PIPELINE_VERSION } from '../../daemon/results/software.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type FoundBundle, findBundles } from '../find-bundles.ts';
import { createStderrLogger } from '../pino-logger.ts';

/** What each option is for; the daemon's schema knows types and defaults. */
const OPTION_HELP = [
  ['in', '<dir>', 'folder to watch'],
  ['out', '<dir>', 'folder for the results'],
  ['model', '<name|dir>', 'bundle, may be repeated; default: the default bundles'],
  ['provider', '<name>', 'where networks run: auto, cuda, webgpu or cpu (default: auto)'],
  ['overlays', '<which>', 'slices that become pictures: labelled, all or none (default: labelled)'],
  ['after', '<what>', 'what happens to input with a result: keep, move or delete (default: keep)'],
  ['afterDir', '<dir>', 'where --after move puts it'],
  ['database', '<url>', 'postgres://… server for the queue; default: embedded in the state folder'],
  ['state', '<dir>', 'folder for queue, ledger and lock (default: <out>/.voxwatch-state)'],
  ['quietPeriodMs', '<n>', 'a file that did not change for so long is written (default: 2000)'],
  ['longQuietPeriodMs', '<n>', 'the same for a series that may still grow (default: 10000)'],
  ['incompleteTimeoutMs', '<n>', 'how long missing slices are waited for (default: 60000)'],
  ['scanIntervalMs', '<n>', 'how often the folder is looked at without events (default: 5000)'],
  ['stopTimeoutMs', '<n>', 'how long a running job may take to end on SIGTERM (default: 20000)'],
] as const satisfies readonly (readonly [keyof DaemonOptions, string, string])[];

const HELP_AFTER = `
Each option may also stand in the environment (--quiet-period-ms is VOXWATCH_QUIET_PERIOD_MS) or in the config file
({"quietPeriodMs": 2000}). A flag wins over the environment, the environment over the file.
A series that has its outcome is not done again, also when its result is deleted: change the input to have it done anew.

With --once, exit code 0: all has a result · 1: something failed · 3: an input was refused, see <out>/rejected ·
4: something is missing on this machine.`;

export function define(command: Command): void {
  for (const [name, value, help] of OPTION_HELP) {
    const option = new Option(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${value}`, help);
    command.addOption(name === 'model' ? option.argParser(collect) : option.argParser((text) => parseText(name, text)));
  }
  command
    .option('--once', 'see all that is in the folder to its end, then exit')
    .option('--config <file>', 'JSON file with options')
    .addHelpText('after', HELP_AFTER)
    .action(watch);
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

async function watch({ config: configFile, ...flags }: Readonly<Record<string, unknown>>): Promise<void> {
  const config = resolveConfig(await readSources(flags, configFile));
  const bundles = await findBundles(config.models);
  const daemon = assembleDaemon(config, bundles);
  const isStopped = stopOnSignals(daemon);
  await daemon.start();
  if (!config.once) {
    await isStopped;
    return;
  }
  const summary = await daemon.drain();
  await daemon.stop();
  process.exitCode = exitCodeOf(summary);
}

async function readSources(flags: OptionSources['flags'], configFlag: unknown): Promise<OptionSources> {
  const environment = process.env;
  const named = configFlag ?? environment['VOXWATCH_CONFIG'];
  if (typeof named !== 'string') return { flags, environment };
  const path = resolve(named);
  try {
    return { flags, environment, file: { path, content: JSON.parse(await readFile(path, 'utf8')) as unknown } };
  } catch (cause) {
    throw new VoxwatchError('CONFIG_INVALID', 'The config file cannot be read, or is no JSON: check --config.', {}, cause);
  }
}

function assembleDaemon(config: DaemonConfig, bundles: readonly FoundBundle[]): Daemon {
  const logger = createStderrLogger();
  const cache: HeaderCache = new Map();
  return createDaemon(
    {
      logger,
      publishRejection,
      discover: (dir) => discoverSeries(dir, { cache, nameLooseFilesBy: 'digest' }),
      runner: createProcessRunner({ logger }),
      openQueue: () => openQueue(config.stateDir, config.database, logger),
      removeLeftovers: removeStaleTemporaries,
      bundleDirs: bundles.map(({ dir }) => dir),
      bundlesDigest: digestOf(bundles, config),
    },
    config,
  );
}

/** Whatever makes the result of the same files another one. */
function digestOf(bundles: readonly FoundBundle[], { overlays }: DaemonConfig): string {
  const manifests = bundles.map(({ manifestSha256 }) => manifestSha256).sort();
  return createHash('sha256')
    .update(JSON.stringify([PIPELINE_VERSION, manifests, overlays]))
    .digest('hex');
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
