/**
 * Runs another voxwatch command in a process of its own, as a person would from a shell.
 * @module
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { VoxwatchError } from '../core/errors.ts';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** Runs a command to its end; what it prints on stdout is dropped. @throws {VoxwatchError} `INTERNAL` if it fails. */
export async function runVoxwatch(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new VoxwatchError('INTERNAL', `voxwatch ${args[0]} ended with exit code ${code}.`);
}

export interface RunningCommand {
  readonly hasEnded: () => boolean;
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>;
}

/** Starts a command that runs until it is stopped; its log goes on to stderr. */
export function startVoxwatch(args: readonly string[]): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    hasEnded,
    stop: async () => {
      if (!hasEnded()) child.kill('SIGTERM');
      await ended;
    },
  };
}
