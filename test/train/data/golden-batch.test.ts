/** Batches of the shipped recipe: a run that goes on must draw what it would have drawn, on every machine and version. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../../core/affine.ts';
import { createRandom } from '../../../core/random.ts';
import { createLabelMap, createVolume } from '../../../core/volume.ts';
import type { Intensity } from '../../../preprocess/intensity/intensity.ts';
import { batchDrawer } from '../../../train/data/batch-source.ts';
import type { Batch } from '../../../train/data/sample-batch.ts';
import { SliceStore } from '../../../train/data/slice-store.ts';
import type { StageRecipe } from '../../../train/recipe.ts';
import { KIDNEY_ENET_CASCADE } from '../../../train/recipes/kidney-enet-cascade.ts';

const SIZE = 512;
const folder = mkdtempSync(path.join(tmpdir(), 'voxwatch-golden-'));
const store = new SliceStore(path.join(folder, 'slices'), { grid: { kind: 'pixels', sizePixels: [SIZE, SIZE] } });
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

function intensityOf({ gridPixels, intensity }: StageRecipe): Intensity {
  if (intensity.scheme !== 'feature-wise') throw new Error('the recipe has other intensities');
  const pixels = gridPixels[0] * gridPixels[1];
  const statistics = {
    ...intensity,
    sizePixels: gridPixels,
    mean: Float32Array.from({ length: pixels }, (_, p) => (p % 97) - 48),
    standardDeviation: Float32Array.from({ length: pixels }, (_, p) => 30 + (p % 71)),
  };
  return { scheme: 'feature-wise', statistics };
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
    ['organ', ['6ee0713c6b0443b5', '2144ca1c35e9b610', '11fccdfada510b35']],
    ['tumour', ['bcd0447b29dd9f37', '08ea85c2bfe4b841', '3237edab82b4fa1f', 'd4445d0868d4bae4']],
  ])('%s are those that were drawn before, phase by phase', (name, expected) => {
    const stage = KIDNEY_ENET_CASCADE.stages.find((candidate) => candidate.name === name) as StageRecipe;
    const intensity = intensityOf(stage);
    const random = createRandom(7, `stage ${name}`).origin;
    const drawn = stage.phases.map((phase, n) =>
      digest(batchDrawer({ stage: { ...stage, phases: [phase] }, intensity, random }, store)(n)),
    );
    expect(drawn).toEqual(expected);
  });
});
