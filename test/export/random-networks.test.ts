/**
 * Property: whatever network of layers that have a rule is drawn, its graph computes what the network computes.
 *
 * With VOXWATCH_EXPORT_SAMPLES set to a folder, each network is written there with its input and output, for
 * `test/oracles/check_onnx.py --networks`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { startBackend } from '../../train/backends/backend.ts';
import { type Comparison, encodeNetwork, openNetwork } from './onnx-fixtures.ts';
import { type RandomNetwork, randomNetworks } from './random-network.ts';

/** Of the largest value, where that is above 1 (docs/adr/0005). */
const TOLERANCE = 1e-4;
/** The same networks in every run. */
const SEED = 20261121;
const RUNS = 60;

const samples = process.env.VOXWATCH_EXPORT_SAMPLES;
let written = 0;

beforeAll(async () => {
  await startBackend('cpu');
  if (samples) await mkdir(samples, { recursive: true });
});

it('a random network computes the same in ONNX Runtime, with its size known and with its size free', async () => {
  await fc.assert(
    fc.asyncProperty(randomNetworks, async ({ model, shape, isFree }) => {
      const [batch, height, width, channels] = shape;
      const { bytes } = encodeNetwork(model, [height, width, channels]);
      const known = await compared({ model, shape }, bytes);
      if (samples) await writeSample(samples, bytes, { ...known, inputShape: [batch, channels, height, width] });
      if (isFree && canBeFree(model)) await compared({ model, shape }, encodeNetwork(model, [null, null, channels]).bytes);
    }),
    { seed: SEED, numRuns: RUNS },
  );
}, 600_000);

async function compared({ model, shape }: Pick<RandomNetwork, 'model' | 'shape'>, bytes: Uint8Array): Promise<Comparison> {
  const network = await openNetwork(model, bytes);
  const comparison = await network.compare(shape);
  await network.release();
  expect(comparison.largest).toBeLessThanOrEqual(TOLERANCE * Math.max(1, comparison.magnitude));
  return comparison;
}

/** All but strides beyond their window, where the padding is to be worked out from the size. */
function canBeFree(model: RandomNetwork['model']): boolean {
  return model.layers.every((layer) => {
    const config = layer.getConfig();
    const window = (config.kernelSize ?? config.poolSize) as number[] | undefined;
    if (window === undefined || config.padding !== 'same' || layer.getClassName() === 'Conv2DTranspose') return true;
    const strides = config.strides as number[];
    const isWorkedOut = window.some((size, axis) => size > 1 && (strides[axis] as number) > 1);
    return !isWorkedOut || window.every((size, axis) => (strides[axis] as number) <= size);
  });
}

async function writeSample(
  folder: string,
  bytes: Uint8Array,
  { input, expected, shape, inputShape }: Comparison & { inputShape: number[] },
) {
  const file = path.join(folder, `network-${String(written++).padStart(3, '0')}`);
  await writeFile(`${file}.onnx`, bytes);
  await writeFile(`${file}.json`, JSON.stringify({ input: inputShape, output: shape }));
  await writeFile(`${file}.input.f32`, new Uint8Array(input.buffer, input.byteOffset, input.byteLength));
  await writeFile(`${file}.output.f32`, new Uint8Array(expected.buffer, expected.byteOffset, expected.byteLength));
}
