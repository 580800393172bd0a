#!/usr/bin/env node
/**
 * The `voxwatch` command: finds the subcommand, loads it alone, turns errors into sentences and exit codes.
 * @module
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { asVoxwatchError } from '../core/errors.ts';
import { COMMANDS } from './command-table.ts';
import { EXIT_CODES } from './exit-codes.ts';

const packageJson = new URL(import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(packageJson, 'utf8')) as { version: string };

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('voxwatch')
    .description('CT scans in, organ and tumour masks, pictures and a report out. Not a medical device.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(see --help)');
  const named = argv.find((argument) => !argument.startsWith('-'));
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).description(entry.summary).exitOverride().showHelpAfterError('(see --help)');
    if (entry.name === named) (await entry.load()).define(command);
  }
  if (argv.length === 0) {
    program.outputHelp();
    return;
  }
  await program.parseAsync(argv, { from: 'user' });
}

try {
  await main(process.argv.slice(2));
} catch (thrown) {
  if (thrown instanceof CommanderError) {
    process.exitCode = thrown.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  } else {
    const error = asVoxwatchError(thrown);
    process.stderr.write(`voxwatch: ${error.message} [${error.code}]\n`);
    if (error.code === 'INTERNAL' && process.env.VOXWATCH_DEBUG) process.stderr.write(`${String((error.cause as Error)?.stack)}\n`);
    process.exitCode = EXIT_CODES[error.kind];
  }
}
