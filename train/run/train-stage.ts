/**
 * Trains one stage of a run in its folder: `model.json` and `weights.bin` (the best; the last in `last/`), the intensity's
 * files, `history.csv`, `history.json`, `best.json` and, for a run that goes on, `checkpoint.bin`.
 * @module
 */
import { appendFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { createRandom, type Random } from '../../core/random.ts';
import type { Intensity } from '../../preprocess/intensity/intensity.ts';
import { encodeIntensity, INTENSITY_FILES } from '../../preprocess/intensity/intensity-files.ts';
import { withBatchThreads } from '../data/batch-threads.ts';
import type { SliceStore } from '../data/slice-store.ts';
import { checkLoss } from '../losses/loss-spec.ts';
import { saveTrainedModel } from '../model-files.ts';
import { outputCount, type StageRecipe } from '../recipe.ts';
import { startedFacts, writeHistoryDocument } from '../report/history-document.ts';
import { stageFacts } from '../report/stage-facts.ts';
import { stagePredictor, stageSlices } from '../report/stage-slices.ts';
import { countSteps } from '../schedule/phases.ts';
import { stageIntensity } from '../stage-intensity.ts';
import { writeWhole } from '../write-whole.ts';
import { checkBatchMemory } from './batch-memory.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { conservedModel, firstModel } from './first-model.ts';
import { fitStage } from './fit-stage.ts';
import { beginHistory, HISTORY_FILE, historyLine } from './history.ts';
import { runIdentity } from './run-identity.ts';
import type { TrainOptions } from './train-options.ts';
import { stageFolder } from './trained-facts.ts';

/** Of a run. */
export interface StageSlices {
  readonly train: SliceStore;
  readonly validation: SliceStore;
}

/**
 * @returns the steps that were done.
 * @throws {VoxwatchError} as {@link fitStage}, `createNetwork` and `readCheckpoint`; `INVALID_ARGUMENT` for a loss that the
 *   network cannot have; `WEIGHTS_INVALID` for weights of another encoder.
 */
export async function trainStage(stage: StageRecipe, { train, validation }: StageSlices, options: TrainOptions): Promise<number> {
  const { recipe, out, seed, onProgress } = options;
  for (const { loss } of stage.phases) checkLoss(loss, outputCount(stage));
  const folder = join(out, stageFolder(recipe, stage));
  await mkdir(folder, { recursive: true });
  const intensity = await stageIntensity(stage, train, options);
  const { model, start } = await firstModel(stage, intensity, options);
  tellOfMemory(stage, model, { slices: train.facts.length, options });
  const source = options.conservation && (await conservedModel(stage, options));
  const identity = runIdentity(stage, { seed, start, held: [options.freeze, options.conservation], train, validation });
  const checkpointFile = join(folder, 'checkpoint.bin');
  const checkpoint = options.resume ? await readCheckpoint(checkpointFile, identity) : undefined;
  // Not before: a run that is refused leaves what the weights there were trained with.
  await writeIntensity(folder, intensity);
  // A run that begins anew must not be taken for the one before it when it is stopped early.
  if (!checkpoint) await rm(checkpointFile, { force: true });
  const history = join(folder, HISTORY_FILE);
  await beginHistory(history, stage, checkpoint?.step);
  const at = { step: checkpoint?.step ?? 0, at: new Date().toISOString(), backend: options.backend };
  const facts = await startedFacts(folder, stageFacts(stage, { model, train, validation, options }), at);
  await writeHistoryDocument(folder, facts);
  const random = batchRandom(stage, seed, start);
  const { path, sizePixels, content, facts: slices } = train;
  const total = countSteps(stage.phases, slices.length);
  let done = at.step;
  await withBatchThreads({ stage, intensity, random: random.origin }, { path, sizePixels, content, facts: slices }, (batches) =>
    fitStage({
      batches,
      model,
      stage,
      intensity,
      train,
      validation,
      random,
      ...(options.freeze ? { freeze: options.freeze } : {}),
      ...(options.conservation && source ? { conservation: { spec: options.conservation, source } } : {}),
      ...(checkpoint ? { resumeFrom: checkpoint } : {}),
      onCheckpoint: async (reached) => {
        await writeCheckpoint(checkpointFile, identity, reached);
      },
      onRow: (row) => {
        done = row.step;
        appendFileSync(history, historyLine(row, stage));
        onProgress({ kind: 'row', stage: stage.name, total, ...row });
      },
      onValidated: async () => {
        await writeHistoryDocument(folder, facts);
        await options.onValidated?.();
      },
      onBest: async (row, { cases }) => {
        await saveTrainedModel(model, folder);
        const best = { step: row.step, metrics: row.metrics, cases: Object.fromEntries(cases) };
        await writeWhole(join(folder, 'best.json'), `${JSON.stringify(best, null, 1)}\n`);
        await options.onBest?.({
          folder,
          source: stageSlices(validation, stage),
          predict: stagePredictor(model, validation, stage, intensity),
          labels: recipe.labels.filter(({ index }) => stage.outputLabels.includes(index)),
          step: row.step,
        });
      },
      onEnd: () => saveTrainedModel(model, join(folder, 'last')),
    }),
  );
  model.dispose();
  source?.dispose();
  return done;
}

/** @throws {VoxwatchError} as `checkBatchMemory`. A GPU has memory of its own. */
function tellOfMemory(
  stage: StageRecipe,
  model: LayersModel,
  { slices, options }: { readonly slices: number; readonly options: TrainOptions },
): void {
  if (options.backend === 'tensorflow-gpu' || options.backend === 'webgpu') return;
  const warning = checkBatchMemory(stage, model, slices);
  if (warning !== undefined) options.onProgress({ kind: 'note', text: warning });
}

/** Training that goes on from a model sees other batches than those that made it. */
function batchRandom(stage: StageRecipe, seed: number, start: string | undefined): Random {
  return createRandom(seed, start === undefined ? `stage ${stage.name}` : `stage ${stage.name}, from ${start}`);
}

async function writeIntensity(folder: string, intensity: Intensity): Promise<void> {
  const { facts, slices } = encodeIntensity(intensity);
  await writeFile(join(folder, INTENSITY_FILES.facts), facts);
  if (!slices) return;
  for (const part of ['mean', 'standardDeviation'] as const) await writeFile(join(folder, INTENSITY_FILES[part]), slices[part]);
}
