/**
 * What our ResNet-34 U-Net gives for weights and images from elsewhere, for `test/oracles/check_resnet34.py`.
 *
 *   node dist/bench/resnet34-features.js REQUEST.json
 *
 * REQUEST holds `{ encoder, decoder, images, out }`: two safetensors files (the encoder's with torchvision's names; the
 * decoder's with our layers' names and a number, axes in our order), images as `{ file, shape }` (float32, [N, H, W, 3])
 * and a folder. Writes `<image>-<layer>.bin` there, float32, [N, h, w, c], and prints the layers' names.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Tensor, tensor, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { readSafetensors } from '../formats/safetensors/read-safetensors.ts';
import { startBackend } from '../train/backends/backend.ts';
import { buildResnet34Unet } from '../train/networks/resnet34-unet.ts';
import { setResnet34Weights } from '../train/networks/resnet34-weights.ts';

interface Request {
  readonly encoder: string;
  readonly decoder: string;
  readonly images: readonly { readonly file: string; readonly shape: [number, number, number, number] }[];
  readonly out: string;
}

/** torchvision's stem before its pooling, the end of each stage, and what the decoder makes of them. */
const LAYERS = ['relu', 'layer1.2.relu2', 'layer2.3.relu2', 'layer3.5.relu2', 'layer4.2.relu2'].map((name) => `encoder.${name}`);
LAYERS.push('logits');

const [requestFile] = process.argv.slice(2);
if (!requestFile) throw new Error('usage: resnet34-features REQUEST.json');
const request = JSON.parse(await readFile(requestFile, 'utf8')) as Request;
await startBackend('auto');

const network = buildResnet34Unet({ inputSize: [null, null], channels: 3, classes: 3 });
setResnet34Weights(network, await readFile(request.encoder));
const decoder = readSafetensors(await readFile(request.decoder));
for (const layer of network.layers) {
  if (layer.weights.length === 0 || layer.name.startsWith('encoder.')) continue;
  layer.setWeights(
    layer.weights.map((_, index) => {
      const given = decoder.get(`${layer.name}.${index}`);
      if (given === undefined) throw new Error(`the decoder's file has no ${layer.name}.${index}`);
      return tensor(given.floats(), [...given.shape]);
    }),
  );
}

const outputs = LAYERS.map((name) => network.getLayer(name).output as SymbolicTensor);
const traced = model({ inputs: network.inputs, outputs });
for (const [index, { file, shape }] of request.images.entries()) {
  const bytes = await readFile(file);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const features = tidy(() => (traced.predict(tensor4d(values, shape)) as Tensor[]).map((feature) => feature.dataSync()));
  for (const [n, feature] of features.entries())
    await writeFile(path.join(request.out, `${index}-${LAYERS[n]}.bin`), feature as Float32Array);
}
console.log(JSON.stringify(LAYERS));
