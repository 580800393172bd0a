/**
 * What the training of a stage begins with: a new network, with the user's weights in its encoder or not, or the network of
 * an earlier run.
 * @module
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../../core/errors.ts';
import { createRandom } from '../../core/random.ts';
import { channelsOf, type Intensity } from '../../preprocess/intensity/intensity.ts';
import { loadTrainedModel } from '../model-files.ts';
import { createNetwork } from '../networks/index.ts';
import { setResnet34Weights } from '../networks/resnet34-weights.ts';
import { outputCount, type StageRecipe } from '../recipe.ts';
import { openSource } from '../transfer/open-source.ts';
import { transferLayers } from '../transfer/transfer-layers.ts';
import { weightsDigest } from './run-identity.ts';
import type { TrainOptions } from './train-options.ts';
import { stageFolder } from './trained-facts.ts';
import { weightsOf } from './weight-average.ts';

export interface FirstModel {
  readonly model: LayersModel;
  /** What it came from, for the run's identity; nothing for random weights. */
  readonly start: string | undefined;
}

/**
 * @throws {VoxwatchError} `USAGE` for encoder weights where there is no such encoder, `WEIGHTS_INVALID` for others,
 *   `INPUT_NOT_FOUND` where the run to start from has not this stage.
 */
export async function firstModel(
  stage: StageRecipe,
  intensity: Intensity,
  { recipe, seed, startFrom, encoderWeights, transfer, onProgress }: TrainOptions,
): Promise<FirstModel> {
  if (startFrom !== undefined) {
    const from = join(startFrom, stageFolder(recipe, stage));
    return {
      model: await loadTrainedModel(startFrom, join(stageFolder(recipe, stage), 'model.json')),
      start: await weightsDigest(from),
    };
  }
  const model = createNetwork(stage.network, {
    inputSize: [null, null],
    channels: channelsOf(intensity),
    classes: outputCount(stage),
    random: createRandom(seed, `weights ${stage.name}`),
  });
  if (transfer) {
    const source = await openSource(transfer);
    const { copied, leftOut } = transferLayers(model, source, transfer);
    const start = `layers ${copied.join(' ')} of ${await modelDigest(source)}`;
    source.dispose();
    onProgress({ kind: 'note', text: `${copied.length} layers of ${transfer.stage} were copied` });
    for (const { name, reason } of leftOut) onProgress({ kind: 'note', text: `layer ${name} was not copied: ${reason}` });
    return { model, start };
  }
  if (!encoderWeights) return { model, start: undefined };
  if (stage.network.kind !== 'resnet34-unet') {
    throw new VoxwatchError('USAGE', `The network of stage ${stage.name} has no ResNet-34 encoder to give weights to.`);
  }
  setResnet34Weights(model, encoderWeights.bytes);
  return { model, start: `encoder ${encoderWeights.sha256}` };
}

/**
 * The network whose outputs are conserved, as it was. The caller disposes of it.
 * @throws {VoxwatchError} `USAGE` where training begins with random weights: they are not worth conserving.
 */
export async function conservedModel(stage: StageRecipe, { recipe, startFrom, transfer }: TrainOptions): Promise<LayersModel> {
  if (startFrom !== undefined) return loadTrainedModel(startFrom, join(stageFolder(recipe, stage), 'model.json'));
  if (transfer) return openSource(transfer);
  throw new VoxwatchError('USAGE', 'Conservation training needs a network to begin with: --start-from or --transfer-from.');
}

async function modelDigest({ weights }: LayersModel): Promise<string> {
  const hash = createHash('sha256');
  for (const values of await weightsOf(weights)) hash.update(values);
  return hash.digest('hex');
}
