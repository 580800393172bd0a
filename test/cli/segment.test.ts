import { execFile } from 'node:child_process';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeInput } from '../daemon/job/make-input.ts';
import { writeTinyBundle } from '../runtime/make-tiny-bundle.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function voxwatch(...argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...argv], (error, stdout, stderr) =>
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

let root: string;
let study: string;
let model: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'voxwatch-segment-'));
  study = join(root, 'in', 'study.nii.gz');
  model = join(root, 'tiny');
  await writeInput(study);
  await writeTinyBundle(model);
  await writeFile(join(root, 'letter.txt'), 'Dear colleague,');
});

describe('voxwatch segment', () => {
  it('segments a file, prints a table and the warnings, and reports progress as JSON lines where there is no terminal', async () => {
    const { exitCode, stdout, stderr } = await voxwatch(
      'segment',
      study,
      '--out',
      join(root, 'out'),
      '--model',
      model,
      '--provider',
      'cpu',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^input {2}.*\nstudy {2}tumour found {2}kidney 0\.1 ml, tumour 0\.0 ml {2}.* {2}study\nwarning: study: NIFTI_NOT_HU: .*\n$/,
    );
    const events = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.every(({ event }) => event === 'job.progress')).toBe(true);
    expect(stderr).not.toContain('study');
    expect(await readdir(join(root, 'out', 'study'))).toContain('mask.nii.gz');
  });

  it('prints one JSON document, does the rest when one input is refused, and exits with 3', async () => {
    const out = join(root, 'out-json');
    const { exitCode, stdout } = await voxwatch(
      'segment',
      join(root, 'letter.txt'),
      study,
      '--out',
      out,
      '--model',
      model,
      '--json',
    );
    expect(exitCode).toBe(3);
    const { results } = JSON.parse(stdout) as { results: { name: string; status: string; code?: string }[] };
    expect(results.map(({ name, status }) => [name, status])).toEqual([
      ['letter.txt', 'refused'],
      ['study', 'published'],
    ]);
  });

  it.each([
    ['an input that is not there', 3, ['nowhere'], [], 'INPUT_NOT_FOUND'],
    ['a missing bundle', 4, [], ['--model', 'no-such-model'], 'BUNDLE_NOT_FOUND'],
    ['an unknown provider', 2, [], ['--provider', 'abacus'], 'Allowed choices'],
  ] as const)('exits rightly for %s', async (_, expected, inputs, options, says) => {
    const given = inputs.length > 0 ? inputs.map((name) => join(root, name)) : [study];
    const { exitCode, stdout, stderr } = await voxwatch(
      'segment',
      ...given,
      '--out',
      join(root, 'o'),
      '--model',
      model,
      ...options,
    );
    expect([exitCode, (stdout + stderr).includes(says)]).toEqual([expected, true]);
  });

  it('exits with 4 where the output folder is a file, and says nothing of its name', async () => {
    const { exitCode, stderr } = await voxwatch('segment', study, '--out', join(root, 'letter.txt'), '--model', model);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('OUTPUT_NOT_WRITABLE');
    expect(stderr).not.toContain(root);
  });

  it('exits with 4 for a bundle whose network was changed', async () => {
    const tampered = join(root, 'tampered');
    await writeTinyBundle(tampered);
    await writeFile(join(tampered, 'stage-1.onnx'), 'no network');
    const { exitCode, stderr } = await voxwatch('segment', study, '--out', join(root, 'o'), '--model', tampered);
    expect([exitCode, stderr.includes('BUNDLE_CHECKSUM')]).toEqual([4, true]);
  });
});
