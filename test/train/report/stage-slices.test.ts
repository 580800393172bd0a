import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { stagePredictor, stageSlices } from '../../../train/report/stage-slices.ts';
import { SIZE, smallIntensity, smallNetwork, smallStage, smallStore } from '../small-stage.ts';

const STAGE = smallStage({ intensity: { scheme: 'standardise', clampHu: [-200, 300] } });

describe('slices of a stage for pictures', () => {
  const { store, remove } = smallStore(2);
  beforeAll(async () => {
    await startBackend('cpu');
  });
  afterAll(remove);

  it('are numbered, grey through the HU that the stage sees, with the labels of the bundle', () => {
    const slices = stageSlices(store, STAGE);
    expect(slices.count).toBe(6);
    expect([0, 1, 2, 3].map((index) => slices.hasForeground(index))).toEqual([false, true, true, false]);
    expect([0, 4].map((index) => slices.read(index).title)).toEqual(['case 1, slice 1 of 3', 'case 2, slice 2 of 3']);
    expect([0, 4].map((index) => slices.read(index).case)).toEqual(['case_0', 'case_1']);
    const { hu, labels } = store.read(2);
    const { input, truth, sizePixels } = slices.read(2);
    expect(sizePixels).toEqual([SIZE, SIZE]);
    // Organ and tumour are one class here.
    expect([...truth]).toEqual([...labels].map((label) => (label === 0 ? 0 : 1)));
    expect(labels).toContain(2);
    expect([...input]).toEqual([...hu].map((value) => Math.round((255 * (Math.min(300, Math.max(-200, value)) + 200)) / 500)));
  });

  it('have no foreground where the stage makes background of it', () => {
    const slices = stageSlices(store, smallStage({ classes: [0, 0, 1] }));
    expect([0, 1, 2].map((index) => slices.hasForeground(index))).toEqual([false, false, true]);
  });

  it('are predicted with the labels of the bundle', async () => {
    const model = smallNetwork(createRandom(3, 'weights'));
    const predict = stagePredictor(model, store, smallStage({ outputLabels: [0, 5] }), smallIntensity());
    const labels = await predict(2);
    expect(labels).toHaveLength(SIZE * SIZE);
    expect([...new Set(labels)].sort()).toEqual([0, 5]);
    model.dispose();
  });
});
