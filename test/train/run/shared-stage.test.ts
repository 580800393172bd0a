import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Recipe } from '../../../train/recipe.ts';
import { ABDOMEN_CASCADE, ABDOMEN_CASCADE_KIDNEY } from '../../../train/recipes/abdomen-cascade.ts';
import { KIDNEY_ENET_CASCADE } from '../../../train/recipes/kidney-enet-cascade.ts';
import { shareStage } from '../../../train/run/shared-stage.ts';
import { trainedFacts } from '../../../train/run/trained-facts.ts';

/** A run as far as it is read here: its facts, and a file in the folder of each trained stage. */
async function writeRun(
  recipe: Recipe,
  steps: Readonly<Record<string, number>>,
  pixelMm: readonly [number, number],
): Promise<{ readonly recipe: Recipe; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'run-'));
  const domain = { pixelMm, sliceStepMm: [2, 5] as const };
  const run = { recipe, seed: 1, backend: 'cpu', dataDescription: '', startedAt: '', layersVersion: '', steps, domain };
  await writeFile(join(folder, 'trained.json'), JSON.stringify(trainedFacts(run)));
  for (const [n, { name }] of recipe.stages.entries()) {
    if (!steps[name]) continue;
    await mkdir(join(folder, `stage-${n + 1}`, 'last'), { recursive: true });
    for (const file of ['weights.bin', 'checkpoint.bin', 'last/weights.bin'])
      await writeFile(join(folder, `stage-${n + 1}`, file), `${recipe.name} ${name}`);
  }
  return { recipe, folder };
}

describe('a stage that two recipes share', () => {
  it('goes into the run of the other, with its steps and what it has seen', async () => {
    const liver = await writeRun(ABDOMEN_CASCADE, { organs: 40, lesions: 7 }, [3, 3]);
    const kidney = await writeRun(ABDOMEN_CASCADE_KIDNEY, { lesions: 50 }, [1.5, 1.5]);
    await shareStage('organs', liver, kidney);
    const facts = JSON.parse(await readFile(join(kidney.folder, 'trained.json'), 'utf8')) as {
      recipe: string;
      domain: object;
      stages: { name: string; steps: number; outputLabels: number[] }[];
    };
    expect(facts.recipe).toBe('abdomen-cascade-kidney');
    expect(facts.stages.map(({ name, steps }) => [name, steps])).toEqual([
      ['organs', 40],
      ['lesions', 50],
    ]);
    // The kidney's reading of the ten classes stays its own.
    expect(facts.stages[0]?.outputLabels).toEqual(ABDOMEN_CASCADE_KIDNEY.stages[0]?.outputLabels);
    expect(facts.domain).toEqual({ pixelMm: [1.5, 3], sliceStepMm: [2, 5] });
    const words = (file: string): Promise<string> => readFile(join(kidney.folder, file), 'utf8');
    expect(await words('stage-1/weights.bin')).toBe('abdomen-cascade organs');
    expect(await words('stage-2/weights.bin')).toBe('abdomen-cascade-kidney lesions');
    // With these a run would go on that is not its own.
    expect(existsSync(join(kidney.folder, 'stage-1/checkpoint.bin'))).toBe(false);
    expect(existsSync(join(kidney.folder, 'stage-1/last'))).toBe(false);
    expect(existsSync(join(liver.folder, 'stage-1/checkpoint.bin'))).toBe(true);
  });

  it('is refused where it is none, or has not been trained', async () => {
    const liver = await writeRun(ABDOMEN_CASCADE, { lesions: 7 }, [3, 3]);
    const kidney = await writeRun(ABDOMEN_CASCADE_KIDNEY, { lesions: 50 }, [1.5, 1.5]);
    await expect(shareStage('organs', liver, kidney)).rejects.toThrow('has not trained the stage organs');
    await expect(shareStage('lesions', liver, kidney)).rejects.toThrow('do not share the stage lesions');
    await expect(shareStage('kidney', liver, kidney)).rejects.toThrow('do not share the stage kidney');
    const enet = await writeRun(KIDNEY_ENET_CASCADE, {}, [1, 1]);
    await expect(shareStage('organs', liver, enet)).rejects.toThrow('do not share');
    const trained = await writeRun(ABDOMEN_CASCADE, { organs: 40 }, [3, 3]);
    const none = { recipe: ABDOMEN_CASCADE_KIDNEY, folder: await mkdtemp(join(tmpdir(), 'none-')) };
    await expect(shareStage('organs', trained, none)).rejects.toThrow('has trained nothing yet');
  });
});
