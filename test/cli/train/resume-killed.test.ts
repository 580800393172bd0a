/** The real process, killed at two moments of its training and gone on with, against one that was let run. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** Two steps an epoch, each with a validation and a checkpoint. */
const SMALL = ['gridPixels.0=32', 'gridPixels.1=32', 'phases.0.batchSize=2', 'phases.0.epochs=7', 'network.filters.0=4'].flatMap(
  (setting) => ['--set', `tumour.${setting}`],
);

const root = mkdtempSync(path.join(tmpdir(), 'voxwatch-killed-'));
afterAll(() => rmSync(root, { recursive: true }));
const data = path.join(root, 'data');

beforeAll(() => {
  const slices = ['--format', 'numpy', '--matrix', '32', '--slices', '4'];
  execFileSync(process.execPath, [MAIN, 'synthesize', '--out', data, '--organ', 'brain', '--count', '2', ...slices], {
    stdio: 'ignore',
  });
});

function argv(run: string, more: readonly string[] = []): string[] {
  return [MAIN, 'train', 'brain-unet', '--data', data, '--out', path.join(root, run), '--seed', '5', ...SMALL, ...more];
}

function file(run: string, name: string): Buffer {
  return readFileSync(path.join(root, run, 'stage-1', name));
}

/** Rows without the time that they took. */
function rows(run: string): string[][] {
  return file(run, 'history.csv')
    .toString('utf8')
    .split('\n')
    .map((line) => line.split(',').filter((_, column) => column !== 3));
}

/** Kills the training when its history has so many lines. */
async function killAt(lines: number, more: readonly string[]): Promise<void> {
  const history = path.join(root, 'killed', 'stage-1', 'history.csv');
  const child = spawn(process.execPath, argv('killed', more), { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
  const count = (): number => (existsSync(history) ? readFileSync(history, 'utf8').split('\n').length - 1 : 0);
  while (child.exitCode === null && count() < lines) await pause(5);
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
}

/** Takes half a minute, and several times that where other work fills the machine. */
const PATIENCE_MS = 300_000;

it('a run that was killed twice and resumed has the history and the weights of an unbroken one', {
  timeout: PATIENCE_MS,
}, async () => {
  execFileSync(process.execPath, argv('unbroken'), { stdio: 'ignore' });
  await killAt(3, []);
  await killAt(5, ['--resume']);
  execFileSync(process.execPath, argv('killed', ['--resume']), { stdio: 'ignore' });
  expect(rows('killed')).toEqual(rows('unbroken'));
  for (const name of ['weights.bin', 'last/weights.bin', 'checkpoint.bin', 'best.json'])
    expect(file('killed', name).equals(file('unbroken', name)), name).toBe(true);
  const { starts } = JSON.parse(file('killed', 'history.json').toString('utf8')) as { starts: { step: number }[] };
  expect(starts).toHaveLength(3);
});
