/**
 * What the training of a stage begins with: a new network, with the user's weights in its encoder or not, or the network of
 * an earlier run.
 * @module
 */
import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../core/errors.ts';
import { createRandom } from '../core/random.ts';
import { channelsOf, type Intensity } from '../preprocess/intensity/intensity.ts';
import { loadTrainedModel } from './model-files.ts';
import { createNetwork } from './networks/index.ts';
import { setResnet34Weights } from './networks/resnet34-weights.ts';
import { outputCount, type StageRecipe } from './recipe.ts';
import { weightsDigest } from './run-identity.ts';
import type { TrainOptions } from './train-options.ts';
import { stageFolder } from './trained-facts.ts';

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
  { recipe, seed, startFrom, encoderWeights }: TrainOptions,
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
  if (!encoderWeights) return { model, start: undefined };
  if (stage.network.kind !== 'resnet34-unet') {
    throw new VoxwatchError('USAGE', `The network of stage ${stage.name} has no ResNet-34 encoder to give weights to.`);
  }
  setResnet34Weights(model, encoderWeights.bytes);
  return { model, start: `encoder ${encoderWeights.sha256}` };
}
