import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import type { Intensity } from '../../../preprocess/intensity/intensity.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import type { BatchSource } from '../../../train/data/batch-source.ts';
import { withBatchThreads } from '../../../train/data/batch-threads.ts';
import type { StageRecipe, TrainingPhase } from '../../../train/recipe.ts';
import type { Checkpoint } from '../../../train/run/checkpoint.ts';
import { fitStage } from '../../../train/run/fit-stage.ts';
import type { HistoryRecord } from '../../../train/run/history.ts';
import { SIZE, smallIntensity, smallNetwork, smallPhase, smallStage, smallStatistics, smallStore } from '../small-stage.ts';

const STAGE = smallStage({
  augmentation: [
    { kind: 'rotation', probability: 1, degrees: 10 },
    { kind: 'flip', probability: 0.5, axis: 'horizontal' },
    { kind: 'elastic', probability: 0.5, displacementPixels: [0, 1], smoothnessPixels: [4, 8] },
    { kind: 'gaussian-noise', probability: 0.5, standardDeviationHu: [0, 20] },
  ],
});

function cosine(first: number, last: number): TrainingPhase['learningRate'] {
  return { kind: 'half-cosine', first, last };
}

function untimed(rows: readonly HistoryRecord[]): object[] {
  return rows.map((row) => ({ ...row, secondsPerStep: 0 }));
}

/** Takes six seconds, and many times that where other work fills the machine. */
const PATIENCE_MS = 240_000;

describe('training a stage', { timeout: PATIENCE_MS }, () => {
  const [train, validation] = [smallStore(3, 1), smallStore(2, 2)];
  beforeAll(async () => {
    await startBackend('cpu');
  });
  afterAll(() => {
    train.remove();
    validation.remove();
  });

  interface Run {
    readonly rows: readonly HistoryRecord[];
    readonly best: readonly HistoryRecord[];
    readonly checkpoints: readonly Checkpoint[];
  }

  interface RunChanges {
    readonly intensity?: Intensity;
    readonly stage?: StageRecipe;
    readonly resumeFrom?: Checkpoint;
    readonly batches?: BatchSource;
  }

  async function run(
    seed: number,
    phases: readonly TrainingPhase[],
    { intensity = smallIntensity(), stage = STAGE, resumeFrom, batches }: RunChanges = {},
  ): Promise<Run> {
    const model = smallNetwork(createRandom(seed, resumeFrom ? 'weights that are not looked at' : 'weights'));
    const [rows, best, ends]: [HistoryRecord[], HistoryRecord[], number[]] = [[], [], []];
    const checkpoints: Checkpoint[] = [];
    await fitStage({
      model,
      stage: { ...stage, phases },
      intensity,
      train: train.store,
      validation: validation.store,
      random: createRandom(seed, 'batches'),
      onRow: (row) => rows.push(row),
      onBest: async (row) => {
        best.push(row);
      },
      onEnd: async () => {
        ends.push(best.length);
      },
      ...(resumeFrom ? { resumeFrom } : {}),
      ...(batches ? { batches } : {}),
      onCheckpoint: async (checkpoint) => {
        checkpoints.push(structuredClone(checkpoint));
      },
    });
    expect(ends).toEqual([best.length]);
    model.dispose();
    return { rows, best, checkpoints };
  }

  it('twice with the same seed gives the same history; another seed gives another', async () => {
    const phases = [smallPhase({ steps: 3 })];
    const [first, second, other] = [await run(1, phases), await run(1, phases), await run(2, phases)];
    const lossOf = ({ rows }: Run): number => rows[0]?.loss as number;
    expect(lossOf(second)).toBe(lossOf(first));
    expect(Math.abs(lossOf(other) - lossOf(first))).toBeGreaterThan(1e-3);
    expect(second.rows[0]?.metrics).toEqual(first.rows[0]?.metrics);
  });

  it('learns, writes a row every tenth step, validates at the end and hands over the best', async () => {
    const { rows, best } = await run(1, [
      smallPhase({ steps: 20, learningRate: cosine(1e-2, 5e-3) }),
      smallPhase({ steps: 2, learningRate: cosine(1e-4, 0) }),
    ]);
    expect(rows.map((row) => row.step)).toEqual([10, 20, 22]);
    expect(rows[1]?.loss).toBeLessThan((rows[0]?.loss as number) - 0.03);
    // Half a cosine: step 20 is n = 19 of 20; step 22 is n = 1 of 2.
    expect(rows[1]?.learningRate).toBeCloseTo(5e-3 + (5e-3 * (1 + Math.cos((Math.PI * 19) / 20))) / 2, 9);
    expect(rows[2]?.learningRate).toBeCloseTo(5e-5, 9);
    expect(rows.map(({ metrics }) => Object.keys(metrics))).toEqual([[], [], ['validation_loss', 'validation_dice_1']]);
    expect(best).toEqual([rows[2]]);
  });

  it('goes on from a checkpoint, over the end of a phase, as if it had never stopped', async () => {
    const phases = [
      smallPhase({ steps: 14, learningRate: cosine(1e-2, 5e-3) }),
      smallPhase({ steps: 12, learningRate: cosine(1e-3, 0) }),
    ];
    const whole = await run(1, phases);
    expect(whole.checkpoints.map(({ step }) => step)).toEqual([10, 20, 26]);
    for (const resumeFrom of whole.checkpoints.slice(0, 2)) {
      const rest = await run(1, phases, { resumeFrom });
      expect(untimed(rest.rows)).toEqual(untimed(whole.rows.filter(({ step }) => step > resumeFrom.step)));
      expect(rest.checkpoints.at(-1)).toEqual(whole.checkpoints.at(-1));
    }
  });

  it('has the same history with batches from threads, unbroken or stopped and gone on with', async () => {
    const phases = [smallPhase({ steps: 7 }), smallPhase({ steps: 6 })];
    const plan = { stage: { ...STAGE, phases }, intensity: smallIntensity(), random: createRandom(1, 'batches').origin };
    const { sizePixels, content, facts } = train.store;
    const file = { path: train.path, sizePixels, content, facts };
    const whole = await run(1, phases);
    const threaded = await withBatchThreads(plan, file, (batches) => run(1, phases, { batches }));
    const resumeFrom = threaded.checkpoints[0] as Checkpoint;
    expect(resumeFrom.step).toBe(10);
    const rest = await withBatchThreads(plan, file, (batches) => run(1, phases, { batches, resumeFrom }));
    expect(threaded.checkpoints).toEqual(whole.checkpoints);
    expect(rest.checkpoints).toEqual(whole.checkpoints.slice(1));
    expect(untimed(rest.rows)).toEqual(untimed(whole.rows).slice(1));
  });

  it('stops where the loss is no longer a number, and names the step', async () => {
    const broken = { ...smallStatistics(), standardDeviation: new Float32Array(SIZE * SIZE) };
    await expect(run(1, [smallPhase()], { intensity: { scheme: 'feature-wise', statistics: broken } })).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      details: { step: 1 },
    });
  });

  const CONSTANT = { kind: 'constant', rate: 1e-2 } as const;
  const EPOCHS: TrainingPhase = {
    kind: 'epochs',
    epochs: 4,
    batchSize: 4,
    loss: { kind: 'cross-entropy' },
    learningRate: CONSTANT,
  };

  it('in epochs validates at the end of each, and has rows between', async () => {
    // Nine slices in batches of four are three steps an epoch.
    const stage = { ...STAGE, validation: { ...STAGE.validation, every: 'epoch', metrics: ['iou', 'accuracy'] } } as const;
    const { rows } = await run(1, [EPOCHS], { stage });
    expect(rows.filter(({ metrics }) => Object.keys(metrics).length > 0).map(({ step }) => step)).toEqual([3, 6, 9, 12]);
    expect(rows.map(({ step }) => step)).toEqual([3, 6, 9, 10, 12]);
    expect(Object.keys(rows[0]?.metrics ?? {})).toEqual(['validation_loss', 'validation_iou_1', 'validation_accuracy']);
  });

  it('stops early where the watched figure gains nothing, and lowers the rate before; a run that goes on does the same', async () => {
    // Nothing is learned at a rate of 0, so the first validation stays the best.
    const still = { ...EPOCHS, learningRate: { kind: 'constant', rate: 0 } } as const;
    const validation = {
      every: 'epoch',
      slices: 64,
      metrics: [],
      watch: 'loss',
      earlyStopping: { patience: 2, minDelta: 0 },
    } as const;
    const stage = { ...STAGE, weightAverageDecay: 0, validation };
    const frozen = await run(1, [still], { stage, intensity: { scheme: 'min-max' } });
    expect(frozen.rows.at(-1)?.step).toBe(9);
    const rest = await run(1, [still], {
      stage,
      intensity: { scheme: 'min-max' },
      resumeFrom: frozen.checkpoints[1] as Checkpoint,
    });
    expect(rest.rows.map(({ step }) => step)).toEqual([9]);
    const plateau = { patience: 1, factor: 0.5, minDelta: 100, minRate: 1e-3 };
    const lowered = await run(1, [EPOCHS], {
      stage: { ...stage, validation: { ...validation, earlyStopping: undefined, plateau } as never },
    });
    // The first validation is always a gain; each one after it is none with such a delta.
    const rates = lowered.rows.filter(({ metrics }) => 'validation_loss' in metrics).map(({ learningRate }) => learningRate);
    expect(rates).toEqual([1e-2, 1e-2, 5e-3, 2.5e-3]);
  });

  it('leaves frozen layers as they are, but for their batch norms', async () => {
    const model = smallNetwork(createRandom(1, 'weights'));
    const [convolution, normalization] = [model.layers[1] as (typeof model.layers)[0], model.layers[2] as (typeof model.layers)[0]];
    const valuesOf = ({ trainableWeights }: typeof convolution): number[] =>
      trainableWeights.flatMap((weight) => [...(weight.read().dataSync() as Float32Array)]);
    const before = [convolution, normalization, model.layers.at(-1) as typeof convolution].map(valuesOf);
    await fitStage({
      model,
      stage: {
        ...STAGE,
        phases: [{ ...EPOCHS, epochs: 1, freeze: { layers: ['*onvolution2D1', '*Normalization*'], batchNormalization: 'learns' } }],
      },
      intensity: smallIntensity(),
      train: train.store,
      validation: validation.store,
      random: createRandom(1, 'batches'),
      onRow: () => undefined,
      onBest: async () => undefined,
      onEnd: async () => undefined,
    });
    const after = [convolution, normalization, model.layers.at(-1) as typeof convolution].map(valuesOf);
    expect(after[0]).toEqual(before[0]);
    expect(after[1]).not.toEqual(before[1]);
    expect(after[2]).not.toEqual(before[2]);
    model.dispose();
  });

  it('refuses to freeze layers that are not there', async () => {
    await expect(run(1, [{ ...EPOCHS, freeze: { layers: ['encoder.*'], batchNormalization: 'learns' } }])).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});
