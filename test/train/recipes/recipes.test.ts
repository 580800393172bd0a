/** The five recipes against the table of the published systems, cell by cell. */
import { describe, expect, it } from 'vitest';
import { checkAugmentation } from '../../../train/augmentation/check-augmentation.ts';
import { checkLoss } from '../../../train/losses/loss-spec.ts';
import { checkOptimizer } from '../../../train/optimizer/optimizer-spec.ts';
import { classCount, outputCount, type Recipe, type StageRecipe } from '../../../train/recipe.ts';
import { findRecipe, RECIPES } from '../../../train/recipes/index.ts';
import { type StageMaterial, stageFacts } from '../../../train/report/stage-facts.ts';

/** Of a stage that would be trained on one slice. */
function materialOf(recipe: Recipe): StageMaterial {
  const store = { facts: [{ case: 'a', labelPixels: [1] }] } as unknown as StageMaterial['train'];
  const model = { countParams: () => 1 } as StageMaterial['model'];
  return { model, train: store, validation: store, options: { recipe, seed: 1, dataDescription: 'made here' } };
}

function only(name: string): { readonly recipe: Recipe; readonly stage: StageRecipe } {
  const recipe = findRecipe(name);
  expect(recipe.stages).toHaveLength(1);
  return { recipe, stage: recipe.stages[0] as StageRecipe };
}

describe.each(RECIPES.map((recipe) => [recipe.name, recipe] as const))('%s', (_, recipe) => {
  it('fits together: classes, shares, outputs, windows, crops, losses', () => {
    const { stages, labels, truthLabels } = recipe;
    const known = new Set([0, ...labels.map(({ index }) => index)]);
    for (const [position, stage] of stages.entries()) {
      expect(stage.classes).toHaveLength(truthLabels.length + 1);
      expect(stage.outputLabels).toHaveLength(classCount(stage));
      for (const label of stage.outputLabels) expect(known.has(label)).toBe(true);
      expect(() => checkAugmentation(stage.augmentation)).not.toThrow();
      expect(() => checkOptimizer(stage.optimizer)).not.toThrow();
      for (const phase of stage.phases) {
        expect(() => checkLoss(phase.loss, outputCount(stage))).not.toThrow();
        if (phase.kind === 'sampled') {
          expect(phase.sliceShares).toHaveLength(stage.classes.length);
          expect(phase.sliceShares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
        }
        phase.windowPixels?.forEach((size, axis) => {
          expect(size).toBeLessThanOrEqual(stage.gridPixels[axis] as number);
        });
      }
      if (stage.region.kind === 'crop-around-foreground') {
        const { ofStage, sizePixels } = stage.region;
        expect(stages.slice(0, position).map(({ name }) => name)).toContain(ofStage);
        expect(sizePixels).toEqual(stage.gridPixels);
      }
    }
  });

  it('has facts for the history, also where a phase is set to no step', () => {
    for (const stage of recipe.stages) {
      const none = stage.phases.map((phase, n) =>
        n === 0 ? phase : phase.kind === 'epochs' ? { ...phase, epochs: 0 } : { ...phase, steps: 0 },
      );
      const facts = stageFacts({ ...stage, phases: none }, materialOf(recipe));
      expect(facts.phases).toHaveLength(1);
      expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
    }
  });

  it('offers losses that its network can have', () => {
    for (const loss of Object.values(recipe.losses ?? {}))
      for (const stage of recipe.stages) expect(() => checkLoss(loss, outputCount(stage))).not.toThrow();
  });
});

describe('what the reports say', () => {
  it('000: kidney-unet', () => {
    const { recipe, stage } = only('kidney-unet');
    expect([recipe.layout, recipe.split]).toEqual(['kits', 'first-240-of-300']);
    expect(stage).toMatchObject({
      gridPixels: [244, 244],
      output: 'sigmoid',
      intensity: { scheme: 'min-max' },
      augmentation: [],
      optimizer: { kind: 'adam', epsilonPlace: 'pytorch' },
      phases: [
        { epochs: 10, batchSize: 20, loss: { kind: 'binary-cross-entropy' }, learningRate: { kind: 'constant', rate: 0.01 } },
      ],
    });
    const steps = stage.network.kind === 'unet' ? stage.network.afterConvolution : [];
    expect(steps).toContainEqual({ kind: 'drop-channels', rate: 0.4 });
    expect(steps).toContainEqual({ kind: 'normalize', epsilon: 1e-5, momentum: 0.1 });
  });

  it('001: liver-unet', () => {
    const { recipe, stage } = only('liver-unet');
    expect([recipe.layout, recipe.split]).toEqual(['lits', 'train-validation-test']);
    expect(stage).toMatchObject({
      gridPixels: [512, 512],
      output: 'sigmoid',
      intensity: { scheme: 'standardise' },
      optimizer: { kind: 'adam' },
    });
    expect(new Set(stage.augmentation.map(({ kind }) => kind))).toEqual(
      new Set(['flip', 'rotation', 'gaussian-noise', 'perlin-noise']),
    );
    expect(Object.values(recipe.losses ?? {}).map(({ kind }) => kind)).toEqual(['binary-cross-entropy', 'focal', 'soft-dice']);
  });

  it('002: brain-unet', () => {
    const { recipe, stage } = only('brain-unet');
    expect([recipe.layout, recipe.split]).toEqual(['numpy', 'shuffled-80-20']);
    expect(stage).toMatchObject({
      gridPixels: [240, 240],
      output: 'sigmoid',
      intensity: { scheme: 'as-stored', channels: 3 },
      optimizer: { kind: 'adam', betas: [0.5, 0.999] },
      phases: [{ loss: { kind: 'mean-squared-error' }, learningRate: { rate: 0.002 } }],
      validation: { watch: 'loss', earlyStopping: { patience: 15 }, plateau: { patience: 10 } },
    });
    expect(new Set(stage.augmentation.map(({ kind }) => kind))).toEqual(new Set(['rotation', 'flip', 'zoom']));
    expect(stage.validation.metrics).toEqual(expect.arrayContaining(['dice', 'iou', 'accuracy', 'recall', 'f1']));
  });

  it('003: kidney-enet-cascade', () => {
    const recipe = findRecipe('kidney-enet-cascade');
    const [organ, tumour] = recipe.stages as [StageRecipe, StageRecipe];
    expect(recipe).toMatchObject({ layout: 'kits', split: 'test-20-of-210' });
    expect(organ).toMatchObject({ gridPixels: [512, 512], classes: [0, 1, 1], region: { kind: 'whole-slice' } });
    expect(tumour).toMatchObject({ gridPixels: [256, 256], classes: [0, 1, 2], region: { kind: 'crop-around-foreground' } });
    for (const stage of recipe.stages) {
      expect(stage).toMatchObject({
        network: { kind: 'enet' },
        intensity: { scheme: 'feature-wise' },
        optimizer: { kind: 'adam' },
        phases: expect.arrayContaining([expect.objectContaining({ loss: { kind: 'tversky', alpha: 0.3, beta: 0.7 } })]),
      });
      expect(stage.phases[0]).toMatchObject({ learningRate: { first: 1e-3 } });
      const kinds = stage.augmentation.map(({ kind }) => kind);
      for (const kind of ['rotation', 'flip', 'shear', 'zoom'] as const) expect(kinds).toContain(kind);
    }
  });

  it('004: liver-resnet34-unet', () => {
    const { recipe, stage } = only('liver-resnet34-unet');
    expect(recipe).toMatchObject({ layout: 'lits', selection: { everyNthCase: 3, everyNthSlice: 2 } });
    expect(stage).toMatchObject({
      network: { kind: 'resnet34-unet' },
      gridPixels: [128, 128],
      output: 'softmax',
      classes: [0, 1, 2],
      intensity: {
        scheme: 'windows',
        windows: [
          { widthHu: 150, levelHu: 30 },
          { widthHu: 200, levelHu: 60 },
        ],
        equalizedBins: 100,
      },
      augmentation: [],
      optimizer: { kind: 'adamw', weightDecay: 0.1 },
      phases: [
        {
          epochs: 1,
          batchSize: 16,
          loss: { kind: 'cross-entropy' },
          freeze: { layers: ['encoder.*'], batchNormalization: 'learns' },
        },
        { epochs: 5, batchSize: 16, loss: { kind: 'cross-entropy' } },
      ],
      validation: { watch: 'loss' },
    });
    expect(stage.validation.metrics).toEqual(expect.arrayContaining(['accuracy', 'foreground-accuracy']));
    expect(recipe.labels.map(({ name, color }) => [name, color])).toEqual([
      ['liver', '#00ffff'],
      ['tumour', '#ffff00'],
    ]);
  });
});
