/**
 * Runs `voxwatch` as its users do, in a process of its own.
 * @module
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

/**
 * Its output goes to ours.
 * @param environment - Beside our own.
 * @throws {Error} where it ends with another code than 0.
 */
export async function voxwatch(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<void> {
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, ...args], { stdio: 'inherit', env: { ...process.env, ...environment } });
  const code = await new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (code !== 0) throw new Error(`voxwatch ${args[0]} ended with ${code}`);
  process.stderr.write(`${args[0]}: ${((performance.now() - started) / 60_000).toFixed(1)} min\n`);
}
