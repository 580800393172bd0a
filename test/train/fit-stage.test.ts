import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../core/random.ts';
import type { FeatureWiseStatistics } from '../../preprocess/feature-wise.ts';
import { startBackend } from '../../train/backend.ts';
import type { Checkpoint } from '../../train/checkpoint.ts';
import type { BatchSource } from '../../train/data/batch-source.ts';
import { withBatchThreads } from '../../train/data/batch-threads.ts';
import { fitStage, type HistoryRow } from '../../train/fit-stage.ts';
import type { TrainingPhase } from '../../train/recipe.ts';
import { SIZE, smallNetwork, smallPhase, smallStage, smallStatistics, smallStore } from './small-stage.ts';

const STAGE = smallStage({
  augmentation: [
    { kind: 'rotation', probability: 1, degrees: 10 },
    { kind: 'flip', probability: 0.5, axis: 'horizontal' },
    { kind: 'elastic', probability: 0.5, displacementPixels: [0, 1], smoothnessPixels: [4, 8] },
    { kind: 'gaussian-noise', probability: 0.5, standardDeviationHu: [0, 20] },
  ],
});

function untimed(rows: readonly HistoryRow[]): object[] {
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
    readonly rows: readonly HistoryRow[];
    readonly best: readonly HistoryRow[];
    readonly checkpoints: readonly Checkpoint[];
  }

  interface RunChanges {
    readonly statistics?: FeatureWiseStatistics;
    readonly resumeFrom?: Checkpoint;
    readonly batches?: BatchSource;
  }

  async function run(
    seed: number,
    phases: readonly TrainingPhase[],
    { statistics = smallStatistics(), resumeFrom, batches }: RunChanges = {},
  ): Promise<Run> {
    const model = smallNetwork(createRandom(seed, resumeFrom ? 'weights that are not looked at' : 'weights'));
    const [rows, best, ends]: [HistoryRow[], HistoryRow[], number[]] = [[], [], []];
    const checkpoints: Checkpoint[] = [];
    await fitStage({
      model,
      stage: STAGE,
      phases,
      statistics,
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
    expect(second.rows[0]?.validationDice).toEqual(first.rows[0]?.validationDice);
  });

  it('learns, writes a row every tenth step, validates at the end and hands over the best', async () => {
    const { rows, best } = await run(1, [
      smallPhase({ steps: 20, learningRate: [1e-2, 5e-3] }),
      smallPhase({ steps: 2, learningRate: [1e-4, 0] }),
    ]);
    expect(rows.map((row) => row.step)).toEqual([10, 20, 22]);
    expect(rows[1]?.loss).toBeLessThan((rows[0]?.loss as number) - 0.03);
    // Half a cosine: step 20 is n = 19 of 20; step 22 is n = 1 of 2.
    expect(rows[1]?.learningRate).toBeCloseTo(5e-3 + (5e-3 * (1 + Math.cos((Math.PI * 19) / 20))) / 2, 9);
    expect(rows[2]?.learningRate).toBeCloseTo(5e-5, 9);
    expect(rows.map((row) => row.validationDice?.length)).toEqual([undefined, undefined, 1]);
    expect(best).toEqual([rows[2]]);
  });

  it('goes on from a checkpoint, over the end of a phase, as if it had never stopped', async () => {
    const phases = [smallPhase({ steps: 14, learningRate: [1e-2, 5e-3] }), smallPhase({ steps: 12, learningRate: [1e-3, 0] })];
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
    const plan = { stage: STAGE, phases, statistics: smallStatistics(), random: createRandom(1, 'batches').origin };
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
    await expect(run(1, [smallPhase()], { statistics: broken })).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      details: { step: 1 },
    });
  });
});
