/** Batches of the shipped recipe, drawn by the code that trained its weights: a run that goes on must draw the same. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../../core/affine.ts';
import { createRandom } from '../../../core/random.ts';
import { createLabelMap, createVolume } from '../../../core/volume.ts';
import type { FeatureWiseStatistics } from '../../../preprocess/feature-wise.ts';
import { type Batch, groupSlicesByCase, sampleBatch } from '../../../train/data/sample-batch.ts';
import { SliceStore } from '../../../train/data/slice-store.ts';
import type { StageRecipe } from '../../../train/recipe.ts';
import { KIDNEY_ENET_CASCADE } from '../../../train/recipes/kidney-enet-cascade.ts';

const SIZE = 512;
const folder = mkdtempSync(path.join(tmpdir(), 'voxwatch-golden-'));
const store = new SliceStore(path.join(folder, 'slices'), [SIZE, SIZE]);
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** Slices with nothing, with a kidney, and with a kidney and a tumour; whole numbers only, the same on every machine. */
function addPhantom(): void {
  const random = createRandom(5, 'golden');
  const sizeVoxels = [SIZE, SIZE, 6] as const;
  const voxelToWorld = affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 5], [0, 0, 0]);
  const labels = new Uint8Array(SIZE * SIZE * 6);
  const hu = new Int16Array(labels.length);
  for (let p = 0; p < labels.length; p++) {
    const [i, j, k] = [p % SIZE, Math.floor(p / SIZE) % SIZE, Math.floor(p / SIZE / SIZE)];
    const fromKidney = (i - 150 - 30 * k) ** 2 + (j - 260) ** 2;
    const fromTumour = (i - 180 - 30 * k) ** 2 + (j - 270) ** 2;
    labels[p] = k > 2 && fromTumour < 400 ? 2 : k > 0 && fromKidney < 1600 ? 1 : 0;
    hu[p] = ((i >> 3) + (j >> 4)) * 4 - 180 + 60 * (labels[p] as number) + random.integer(-30, 30);
  }
  const geometry = { sizeVoxels, voxelToWorld };
  store.add('case_00000', { volume: createVolume(geometry, hu), truth: createLabelMap(geometry, labels) });
}
addPhantom();

function statisticsOf({ gridPixels, clampHu, standardDeviationFloorHu }: StageRecipe): FeatureWiseStatistics {
  const pixels = gridPixels[0] * gridPixels[1];
  return {
    sizePixels: gridPixels,
    mean: Float32Array.from({ length: pixels }, (_, p) => (p % 97) - 48),
    standardDeviation: Float32Array.from({ length: pixels }, (_, p) => 30 + (p % 71)),
    clampHu,
    standardDeviationFloorHu,
  };
}

/** Thousandths, so that the last bit of a sine does not decide. */
function digest({ input, classes }: Batch): string {
  return createHash('sha256')
    .update(Int32Array.from(input, (value) => Math.round(value * 1000)))
    .update(classes)
    .digest('hex')
    .slice(0, 16);
}

describe('the batches of kidney-enet-cascade', () => {
  it.each([
    ['organ', ['ddf1b2b74ad3809d', '98d5f75d82a5cd27', '9e4c117fefb9f600']],
    ['tumour', ['cec02965e4ea930c', 'cf53f7ed964349d4', 'c5c7a36c64a4ca62', '59f670215d80d57c']],
  ])('%s are those that its weights were trained on, phase by phase', (name, expected) => {
    const stage = KIDNEY_ENET_CASCADE.stages.find((candidate) => candidate.name === name) as StageRecipe;
    const groups = groupSlicesByCase(store.facts, stage);
    const drawn = stage.phases.map((phase, n) =>
      digest(sampleBatch(createRandom(7, `stage ${name}`).fork(`step ${n}`), store, groups, stage, phase, statisticsOf(stage))),
    );
    expect(drawn).toEqual(expected);
  });
});
