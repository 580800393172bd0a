import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandLine, retrainArguments } from '../../../cli/active/retrain-arguments.ts';
import type { FoundBundle } from '../../../cli/find-bundles.ts';

describe('retraining', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'voxwatch-retrain-'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  const argumentsFor = (): Promise<readonly string[]> =>
    retrainArguments({
      bundle: { dir } as FoundBundle,
      data: ['old', 'set'],
      out: 'run',
      more: ['--set', 'organ.phases.0.steps=2'],
    });

  it('is voxwatch train on the union of the data, from the networks in the bundle', async () => {
    await expect(argumentsFor()).rejects.toThrow(/--with-trained/);
    await mkdir(path.join(dir, 'trained'));
    const run = { recipe: 'kidney-enet-cascade', stages: [{ model: 'stage-1/model.json', intensity: 'stage-1/intensity.json' }] };
    await writeFile(path.join(dir, 'trained', 'trained.json'), JSON.stringify(run));
    expect(await argumentsFor()).toEqual([
      'train',
      'kidney-enet-cascade',
      ...['--data', 'old', '--data', 'set'],
      ...['--start-from', path.join(dir, 'trained')],
      ...['--out', 'run', '--set', 'organ.phases.0.steps=2'],
    ]);
  });

  it('is printed as it can be typed', () => {
    expect(commandLine(['train', '--data', "Anna's scans", '--out', 'run'])).toBe(
      "voxwatch train --data 'Anna'\\''s scans' --out run",
    );
  });
});
