/**
 * A tfjs layers model ↔ its files, in tfjs's own format: `model.json` with `weights.bin` beside it.
 * @module
 */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { io } from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../core/errors.ts';
// Loading a model needs the classes of the layers that it may hold: their modules register them.
import './layers/bilinear-upsampling.ts';
import './layers/channel-padding.ts';
import './layers/channel-prelu.ts';
import './layers/crop-to-match.ts';
import './layers/dilated-convolution.ts';
import './layers/fused-batch-normalization.ts';
import './layers/seeded-dropout.ts';
import './layers/spatial-dropout.ts';
import { writeWhole } from './write-whole.ts';

/** All weights of a model, beside its `model.json`. */
export const WEIGHTS_FILE = 'weights.bin';

/** Writes `<folder>/model.json` and `<folder>/weights.bin`. Each is whole: a full disk leaves the weights that were there. */
export async function saveTrainedModel(model: LayersModel, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await model.save(
    io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const weights = new Uint8Array(weightData as ArrayBuffer);
      const json = { format: 'layers-model', modelTopology, weightsManifest: [{ paths: [WEIGHTS_FILE], weights: weightSpecs }] };
      await writeWhole(join(folder, WEIGHTS_FILE), weights);
      await writeWhole(join(folder, 'model.json'), JSON.stringify(json));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
}

/**
 * Reads a model; needs a backend to be started.
 * @param folder - The folder of the training run.
 * @param file - `model.json` relative to it.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND` where a file is missing.
 */
export async function loadTrainedModel(folder: string, file: string): Promise<LayersModel> {
  const path = join(folder, file);
  const read = (name: string): Promise<Buffer> =>
    readFile(join(dirname(path), name)).catch((cause: unknown) => {
      throw new VoxwatchError('INPUT_NOT_FOUND', 'A file of the trained model is missing.', {}, cause);
    });
  const { modelTopology, weightsManifest } = JSON.parse((await read(basename(path))).toString('utf8')) as {
    modelTopology: object;
    weightsManifest: io.WeightsManifestConfig;
  };
  const weights = await read(WEIGHTS_FILE);
  const weightData = weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength) as ArrayBuffer;
  return loadLayersModel(
    io.fromMemory({ modelTopology, weightSpecs: weightsManifest.flatMap((group) => group.weights), weightData }),
  );
}
