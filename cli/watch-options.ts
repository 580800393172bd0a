/**
 * The options of `watch` as flags, and where else they come from. The daemon's schema knows types and defaults.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { VoxwatchError } from '../core/errors.ts';
import { type DaemonOptions, type OptionSources, parseText } from '../daemon/config.ts';

const OPTION_HELP = [
  ['in', '<dir>', 'folder to watch'],
  ['out', '<dir>', 'folder for the results'],
  ['model', '<name|dir>', 'bundle, may be repeated; default: the default bundles'],
  ['provider', '<name>', 'where networks run: auto, cuda, webgpu or cpu (default: auto)'],
  ['precision', '<name>', 'variant of the networks: auto, fp32, fp16 or int8 (default: auto, what each bundle says)'],
  ['overlays', '<which>', 'slices that become pictures: labelled, all or none (default: labelled)'],
  ['after', '<what>', 'what happens to input with a result: keep, move or delete (default: keep)'],
  ['afterDir', '<dir>', 'where --after move puts it'],
  ['database', '<url>', 'postgres://… server for the queue; default: embedded in the state folder'],
  ['role', '<which>', 'with --database: only look (intake), only work (worker), or both (default: both)'],
  ['leaseMs', '<n>', 'with --database: a job is left so long to a daemon that says nothing (default: 60000)'],
  ['state', '<dir>', 'folder for queue, ledger and lock (default: <out>/.voxwatch-state)'],
  ['http', '<host:port>', 'serve /health, /ready and /metrics; beyond this machine only with VOXWATCH_HTTP_TOKEN'],
  ['minFreeMb', '<n>', 'take up nothing while less room is left for results (default: 1000)'],
  ['goldenCheckHours', '<n>', 'how often each bundle must prove itself again, 0 for never (default: 24)'],
  ['keepResultsDays', '<n>', 'remove older results (default: keep all)'],
  ['keepRejectedDays', '<n>', 'remove older reports of refused and not chosen series (default: keep all)'],
  ['keepStateDays', '<n>', 'forget inputs that left the folder longer ago (default: never)'],
  ['quietPeriodMs', '<n>', 'a file that did not change for so long is written (default: 2000)'],
  ['longQuietPeriodMs', '<n>', 'the same for a series that may still grow (default: 10000)'],
  ['incompleteTimeoutMs', '<n>', 'how long missing slices are waited for (default: 60000)'],
  ['scanIntervalMs', '<n>', 'how often the folder is looked at without events (default: 5000)'],
  ['stopTimeoutMs', '<n>', 'how long a running job may take to end on SIGTERM (default: 20000)'],
] as const satisfies readonly (readonly [keyof DaemonOptions, string, string])[];

export function addWatchOptions(command: Command): void {
  for (const [name, value, help] of OPTION_HELP) {
    const option = new Option(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${value}`, help);
    command.addOption(name === 'model' ? option.argParser(collect) : option.argParser((text) => parseText(name, text)));
  }
  command
    .option('--once', 'see all that is in the folder to its end, then exit')
    .option('--config <file>', 'JSON file with options and rules (docs/schemas/watch-config.schema.json)');
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

/**
 * Flags, environment and the config file, if one is named.
 * @throws {VoxwatchError} `CONFIG_INVALID` if the file cannot be read or is no JSON.
 */
export async function readSources(flags: OptionSources['flags'], configFlag: unknown): Promise<OptionSources> {
  const environment = process.env;
  const named = configFlag ?? environment.VOXWATCH_CONFIG;
  if (typeof named !== 'string') return { flags, environment };
  const path = resolve(named);
  try {
    return { flags, environment, file: { path, content: JSON.parse(await readFile(path, 'utf8')) as unknown } };
  } catch (cause) {
    throw new VoxwatchError('CONFIG_INVALID', 'The config file cannot be read, or is no JSON: check --config.', {}, cause);
  }
}
