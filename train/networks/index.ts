/**
 * A recipe's word for its network → the network.
 * @module
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { drawKernels } from './draw-kernels.ts';
import { createEnet } from './enet.ts';
import type { NetworkShape } from './network-shape.ts';
import type { NetworkSpec } from './network-spec.ts';
import { buildResnet34Unet, drawUpsamplingKernels } from './resnet34-unet.ts';
import { buildUnet } from './unet.ts';

export interface NetworkOptions extends NetworkShape {
  /** Where the first weights come from. */
  readonly random: Random;
}

/** ENet halves three times and has no way to cut off what rounding adds. */
const ENET_MULTIPLE = 8;

/**
 * @returns a model of input [N, H, W, channels] and output [N, H, W, classes]: logits. The same spec, shape and stream
 * give the same weights.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` for sizes that are not whole numbers above 0, or that the network cannot take.
 */
export function createNetwork(spec: NetworkSpec, { random, ...shape }: NetworkOptions): LayersModel {
  checkShape(spec, shape);
  switch (spec.kind) {
    case 'enet':
      return createEnet({ ...shape, random, ...(spec.dropout ? { dropout: spec.dropout } : {}) });
    case 'unet': {
      const network = buildUnet(spec, shape);
      drawKernels(network, random);
      return network;
    }
    case 'resnet34-unet': {
      const network = buildResnet34Unet(shape);
      drawKernels(network, random);
      drawUpsamplingKernels(network, random.fork('upsampling'));
      return network;
    }
  }
}

function checkShape({ kind }: NetworkSpec, { inputSize, channels, classes }: NetworkShape): void {
  const numbers = [...inputSize.filter((size) => size !== null), channels, classes];
  if (!numbers.every((number) => Number.isInteger(number) && number > 0)) {
    const found = `${inputSize.join(' × ')} pixels, ${channels} channels and ${classes} classes`;
    throw new VoxwatchError('INVALID_ARGUMENT', `A network needs whole numbers above 0, not ${found}.`);
  }
  if (kind !== 'enet') return;
  if (inputSize.some((size) => size !== null && size % ENET_MULTIPLE !== 0)) {
    throw new VoxwatchError(
      'INVALID_ARGUMENT',
      `ENet takes heights and widths that ${ENET_MULTIPLE} divides, not ${inputSize.join(' × ')}; a U-Net takes any.`,
    );
  }
}
