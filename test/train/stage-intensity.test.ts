import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { encodeIntensity, INTENSITY_FILES } from '../../preprocess/intensity/intensity-files.ts';
import { fitIntensity } from '../../train/fit-intensity.ts';
import type { IntensityRecipe } from '../../train/intensity-recipe.ts';
import { KIDNEY_ENET_CASCADE } from '../../train/recipes/kidney-enet-cascade.ts';
import { stageIntensity } from '../../train/stage-intensity.ts';
import { smallStage, smallStore } from './small-stage.ts';

const run = mkdtempSync(path.join(tmpdir(), 'voxwatch-intensity-'));
const [earlier, own] = [smallStore(3, 1), smallStore(2, 2)];
afterAll(() => {
  rmSync(run, { recursive: true });
  earlier.remove();
  own.remove();
});

const STANDARDISE: IntensityRecipe = { scheme: 'standardise', clampHu: [-200, 300] };

it.each([smallStage().intensity, STANDARDISE])(
  'where training goes on, is that of the network it goes on from: $scheme',
  async (intensity) => {
    const stage = smallStage({ intensity });
    const recipe = { ...KIDNEY_ENET_CASCADE, stages: [stage] };
    await expect(stageIntensity(stage, own.store, { recipe, startFrom: path.join(run, 'nothing') })).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
    });
    const known = fitIntensity(intensity, earlier.store, stage);
    const { facts, slices } = encodeIntensity(known);
    const folder = path.join(run, 'stage-1');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, INTENSITY_FILES.facts), facts);
    if (slices)
      for (const part of ['mean', 'standardDeviation'] as const)
        writeFileSync(path.join(folder, INTENSITY_FILES[part]), slices[part]);
    expect(await stageIntensity(stage, own.store, { recipe, startFrom: run })).toEqual(known);
    expect(await stageIntensity(stage, own.store, { recipe })).toEqual(fitIntensity(intensity, own.store, stage));
    expect(fitIntensity(intensity, own.store, stage)).not.toEqual(known);
  },
);
