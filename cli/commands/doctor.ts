/**
 * `voxwatch doctor`: what works on this machine, and how to mend the rest.
 * @module
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { STATE_FOLDER } from '../../daemon/config.ts';
import { examine, type FolderToCheck } from '../doctor/examine.ts';
import { pointsText } from '../doctor/points-text.ts';
import { EXIT_CODES } from '../exit-codes.ts';

/** Of a terminal that does not say how wide it is, and of a file. */
const DEFAULT_COLUMNS = 100;

interface Options {
  readonly in?: string;
  readonly out?: string;
  readonly state?: string;
  readonly json?: boolean;
}

const HELP_AFTER = `
Folders may also stand in the environment, as for watch (VOXWATCH_IN, VOXWATCH_OUT, VOXWATCH_STATE).
Exit code 0: voxwatch works here, perhaps with points to look at · 4: something is missing.`;

export function define(command: Command): void {
  command
    .option('--in <dir>', 'folder that watch is to watch')
    .option('--out <dir>', 'folder for the results')
    .option('--state <dir>', 'folder for queue, ledger and lock (default: <out>/.voxwatch-state)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP_AFTER)
    .action(doctor);
}

async function doctor(options: Options): Promise<void> {
  const points = await examine(foldersOf(options, process.env));
  const isWorking = points.every(({ status }) => status !== 'failed');
  const { stdout, platform, arch } = process;
  const style = stdout.isTTY && !process.env.NO_COLOR ? 'colour' : 'plain';
  const document = { ok: isWorking, platform, arch, points };
  stdout.write(
    options.json
      ? `${JSON.stringify(document, null, 2)}\n`
      : pointsText(points, { columns: stdout.columns ?? DEFAULT_COLUMNS, style }),
  );
  process.exitCode = isWorking ? EXIT_CODES.done : EXIT_CODES.missing;
}

/** The folders that are named, and the one for temporary files. */
function foldersOf(options: Options, environment: NodeJS.ProcessEnv): readonly FolderToCheck[] {
  const named = (name: 'in' | 'out' | 'state'): string | undefined =>
    options[name] ?? environment[`VOXWATCH_${name.toUpperCase()}`];
  const [inDir, outDir] = [named('in'), named('out')];
  const stateDir = named('state') ?? (outDir && join(outDir, STATE_FOLDER));
  return [
    ...(inDir ? [{ title: 'watched folder', use: 'read', path: inDir } as const] : []),
    ...(outDir ? [{ title: 'results folder', use: 'write', path: outDir } as const] : []),
    ...(stateDir ? [{ title: 'state folder', use: 'write', path: stateDir } as const] : []),
    { title: 'temporary folder', use: 'write', path: tmpdir() },
  ];
}
