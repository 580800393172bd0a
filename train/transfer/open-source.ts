/**
 * A training run, or a bundle with its trained networks → the network of one of its stages.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../../core/errors.ts';
import { loadTrainedModel } from '../model-files.ts';
import { TRAINED_FILE } from '../run/trained-facts.ts';
import { thawAll } from './freeze-layers.ts';
import type { TransferSpec } from './transfer-spec.ts';

/** Where a bundle keeps its trained networks. */
const IN_A_BUNDLE = 'trained';

/** A stage as `trained.json` has it; the file is relative to the folder. */
interface SourceStage {
  readonly name: string;
  readonly model: string;
}

/**
 * Reads a stage's network; needs a backend to be started. The caller disposes of it.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND` without a finished run there; `INPUT_CORRUPT` where its facts cannot be read;
 *   `USAGE` for a stage that it has not, with those that it has.
 */
export async function openSource({ source, stage }: Pick<TransferSpec, 'source' | 'stage'>): Promise<LayersModel> {
  const { folder, stages } = await findStages(source);
  const found = stages.find(({ name }) => name === stage);
  if (!found) {
    const names = stages.map(({ name }) => name).join(', ');
    throw new VoxwatchError('USAGE', `The source of the transfer has no stage “${stage}”; it has ${names}.`);
  }
  const network = await loadTrainedModel(folder, found.model);
  thawAll(network);
  return network;
}

async function findStages(source: string): Promise<{ folder: string; stages: readonly SourceStage[] }> {
  for (const folder of [source, join(source, IN_A_BUNDLE)]) {
    const text = await readFile(join(folder, TRAINED_FILE), 'utf8').catch(() => undefined);
    if (text !== undefined) return { folder, stages: parseStages(text) };
  }
  throw new VoxwatchError(
    'INPUT_NOT_FOUND',
    'The source of the transfer is no finished training run, and no bundle that was exported with --with-trained.',
  );
}

function parseStages(text: string): readonly SourceStage[] {
  const isWhole = (stage: Partial<SourceStage> | null): boolean =>
    typeof stage?.name === 'string' && typeof stage.model === 'string';
  try {
    const { stages } = JSON.parse(text) as { readonly stages: readonly SourceStage[] };
    if (stages.every(isWhole)) return stages;
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged();
}

function damaged(cause?: unknown): VoxwatchError {
  return new VoxwatchError('INPUT_CORRUPT', `The ${TRAINED_FILE} of the transfer's source names no stages.`, {}, cause);
}
