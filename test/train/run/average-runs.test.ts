import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ABDOMEN_CASCADE_KIDNEY } from '../../../train/recipes/abdomen-cascade.ts';
import { averageRuns } from '../../../train/run/average-runs.ts';
import { trainedFacts } from '../../../train/run/trained-facts.ts';

const recipe = ABDOMEN_CASCADE_KIDNEY;

interface Asked {
  readonly last: readonly number[];
  readonly sliceStepMm?: readonly [number, number];
  readonly isFinished?: boolean;
}

/** A run as far as it is read here: its best weights are zeros, its last ones as asked for. */
async function writeRun({
  last,
  sliceStepMm = [2, 5],
  isFinished = true,
}: Asked): Promise<{ recipe: typeof recipe; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'run-'));
  const domain = { pixelMm: [1.5, 1.5] as const, sliceStepMm };
  const run = {
    recipe,
    seed: 1,
    backend: 'cpu',
    dataDescription: '',
    startedAt: '',
    layersVersion: '',
    steps: { lesions: 9 },
    domain,
  };
  await writeFile(join(folder, 'trained.json'), JSON.stringify(trainedFacts(run)));
  const stage = join(folder, 'stage-2');
  await mkdir(join(stage, 'last'), { recursive: true });
  const model = { weightsManifest: [{ paths: ['weights.bin'], weights: [{ name: 'a', dtype: 'float32', shape: [last.length] }] }] };
  for (const place of isFinished ? [stage, join(stage, 'last')] : [stage])
    await writeFile(join(place, 'model.json'), JSON.stringify(model));
  await writeFile(join(stage, 'weights.bin'), Buffer.from(new Float32Array(last.length).buffer));
  if (isFinished) await writeFile(join(stage, 'last', 'weights.bin'), Buffer.from(Float32Array.from(last).buffer));
  await writeFile(join(stage, 'checkpoint.bin'), '');
  return { recipe, folder };
}

async function weightsIn(folder: string): Promise<number[]> {
  const bytes = await readFile(join(folder, 'stage-2', 'weights.bin'));
  return [...new Float32Array(Uint8Array.from(bytes).buffer)];
}

describe('the mean of runs', () => {
  it('has the mean of what they ended with, and what both have seen', async () => {
    const runs = [await writeRun({ last: [1, -2, 4] }), await writeRun({ last: [3, 2, 0], sliceStepMm: [1, 4] })];
    const out = join(await mkdtemp(join(tmpdir(), 'mean-')), 'run');
    await averageRuns('lesions', runs, out);
    expect(await weightsIn(out)).toEqual([2, 0, 2]);
    const facts = JSON.parse(await readFile(join(out, 'trained.json'), 'utf8')) as { domain: object };
    expect(facts.domain).toEqual({ pixelMm: [1.5, 1.5], sliceStepMm: [1, 5] });
    // With these it would go on as if it were the first run.
    expect(existsSync(join(out, 'stage-2/checkpoint.bin'))).toBe(false);
    expect(existsSync(join(out, 'stage-2/last'))).toBe(false);
    // Once more, over what is there.
    await averageRuns('lesions', runs.slice(1), out);
    expect(await weightsIn(out)).toEqual([3, 2, 0]);
  });

  it('is refused for another network, a run that has not ended, a stage that there is not', async () => {
    const run = await writeRun({ last: [1, 2] });
    const out = join(await mkdtemp(join(tmpdir(), 'mean-')), 'run');
    await expect(averageRuns('lesions', [run, await writeRun({ last: [1, 2, 3] })], out)).rejects.toThrow('same network');
    await expect(averageRuns('lesions', [run, await writeRun({ last: [1, 2], isFinished: false })], out)).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
    });
    await expect(averageRuns('tumour', [run], out)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(averageRuns('lesions', [], out)).rejects.toMatchObject({ code: 'USAGE' });
    expect(existsSync(out)).toBe(false);
  });
});
