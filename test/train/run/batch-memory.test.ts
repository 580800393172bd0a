import { beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { createNetwork } from '../../../train/networks/index.ts';
import { outputCount, type StageRecipe } from '../../../train/recipe.ts';
import { BRAIN_UNET_RECIPE } from '../../../train/recipes/brain-unet.ts';
import { KIDNEY_ENET_CASCADE } from '../../../train/recipes/kidney-enet-cascade.ts';
import { checkBatchMemory } from '../../../train/run/batch-memory.ts';
import { SIZE, smallNetwork, smallPhase, smallStage } from '../small-stage.ts';

const GB = 1e9;
const PLENTY = { whole: 1000 * GB, free: 1000 * GB };

beforeAll(async () => {
  await startBackend('cpu');
});

it('a batch that is larger than the machine is refused before training, with the setting that mends it', () => {
  const stage = smallStage({ phases: [smallPhase(), smallPhase({ batchSize: 1_000_000 })] });
  expect(() => checkBatchMemory(stage, smallNetwork(createRandom(1, 'memory')), 10, { whole: GB, free: GB })).toThrow(
    expect.objectContaining({
      code: 'TRAINING_FAILED',
      message: expect.stringMatching(
        /too little memory: a batch of 1000000 takes at least .* GB and this machine has 1.0 GB; .*organ\.phases\.1\.batchSize/,
      ),
    }),
  );
});

it('one that may be too large is told of; a small one is not, nor is an epoch that is smaller than its batch', () => {
  const model = smallNetwork(createRandom(1, 'memory'));
  const memory = { whole: GB, free: 1e5 };
  expect(checkBatchMemory(smallStage({ phases: [smallPhase()] }), model, 10, memory)).toMatch(/a batch of 2 takes about .* free/);
  expect(checkBatchMemory(smallStage({ phases: [smallPhase()] }), model, 10, PLENTY)).toBeUndefined();
  const { windowPixels: _, ...phase } = smallPhase({ batchSize: 1_000_000 });
  const epoch = { ...phase, kind: 'epochs', epochs: 1, windowPixels: [SIZE, SIZE] } as const;
  expect(checkBatchMemory(smallStage({ phases: [epoch] }), model, 2, { whole: GB, free: GB })).toBeUndefined();
});

it.each([BRAIN_UNET_RECIPE, KIDNEY_ENET_CASCADE])('is reckoned from the sizes of all layers: $name', ({ stages: [first] }) => {
  const stage = first as StageRecipe;
  const [width, height] = stage.phases[0]?.windowPixels ?? stage.gridPixels;
  const random = createRandom(1, 'memory');
  const outputs = outputCount(stage);
  const ofAnySize = createNetwork(stage.network, { inputSize: [null, null], channels: 1, classes: outputs, random });
  const ofThisSize = createNetwork(stage.network, { inputSize: [height, width], channels: 1, classes: outputs, random });
  const values = ofThisSize.layers.reduce(
    // That of the input layer is a list of one shape.
    (sum, { outputShape }) => sum + outputShape.flat().reduce<number>((product, size) => product * (size ?? 1), 1),
    0,
  );
  const phase = smallPhase({ batchSize: 1, windowPixels: [width, height] });
  const at = (whole: number) => () => checkBatchMemory({ ...stage, phases: [phase] }, ofAnySize, 1, { whole, free: PLENTY.free });
  expect(at(4 * values)).not.toThrow();
  expect(at(4 * values - 1)).toThrow();
  ofAnySize.dispose();
  ofThisSize.dispose();
});
