import { prelu, type Tensor, type Tensor1D, tensor, tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../train/backends/backend.ts';
import { ChannelPReLU } from '../../../train/layers/channel-prelu.ts';
import { describeWithNativeBackend } from '../backends/native-backend.ts';
import { expectClose, expectGradients, randomTensor, weighted } from '../gradient-check.ts';

const SHAPE = [2, 3, 2, 4] as const;
const ALPHA = [0.25, 0, -0.5, 2];

function layerWith(alpha: readonly number[]): ChannelPReLU {
  const layer = new ChannelPReLU({});
  layer.build([null, null, null, alpha.length]);
  layer.setWeights([tensor1d([...alpha])]);
  return layer;
}

/** The layer as a function of its input and its slopes: the gradient of a variable is taken by its name. */
function checkAll(): void {
  const x = randomTensor(SHAPE, 1);
  const layer = layerWith(ALPHA);
  const output = layer.call(x);
  expectClose(output.dataSync(), prelu(x, tensor1d(ALPHA)).dataSync(), 1e-6);
  expectGradients((input) => weighted(layer.call(input)), [x]);
  // The slopes are a variable of the layer: its own gradient is asked for through a layer that holds the given ones.
  const slopes = tensor1d(ALPHA);
  expectGradients((alpha) => weighted(callWith(layer, x, alpha)), [slopes]);
}

function callWith(layer: ChannelPReLU, x: Tensor, alpha: Tensor): Tensor {
  const holder = layer as unknown as { alpha: { read(): Tensor } };
  const own = holder.alpha;
  holder.alpha = { read: () => alpha as Tensor1D };
  const output = layer.call(x);
  holder.alpha = own;
  return output;
}

describe('ChannelPReLU on the plain backend', () => {
  beforeAll(async () => {
    await startBackend('cpu');
  });

  it('gives what tf.prelu gives, with the gradients of finite differences for input and slopes', checkAll);

  it('starts with a slope of 0.25', () => {
    const layer = new ChannelPReLU({});
    layer.build([null, 4, 4, 2]);
    expect([...layer.call(tensor([-1, 1, -2, 2], [1, 1, 2, 2])).dataSync()]).toEqual([-0.25, 1, -0.5, 2]);
  });
});

describeWithNativeBackend('ChannelPReLU on the native backend', () => {
  beforeAll(async () => {
    await startBackend('tensorflow');
  });

  it('gives the same, gradients included', checkAll);
});
