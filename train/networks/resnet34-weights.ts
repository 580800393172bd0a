/**
 * A safetensors file of torchvision's ResNet-34 → the weights of our encoder.
 *
 * Kernels change from [out, in, rows, columns] to [rows, columns, in, out]; normalisations have `weight`, `bias`,
 * `running_mean`, `running_var` for gamma, beta, moving mean and moving variance. The classifier and the counters of
 * batches seen have no place here and are passed over.
 * @module
 */
import { type Tensor, tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../../core/errors.ts';
import { readSafetensors, type SafetensorsTensor } from '../../formats/safetensors/read-safetensors.ts';
import { ENCODER_PREFIX } from './resnet34-encoder.ts';

/** torchvision's names for a normalisation's weights, in the order of ours. */
const NORMALIZATION_WEIGHTS = ['weight', 'bias', 'running_mean', 'running_var'] as const;

/** What a whole ResNet holds beside the encoder's weights. */
const PASSED_OVER = /^fc\.(weight|bias)$|\.num_batches_tracked$/;

/** Names of each kind that an error lists before it only counts. */
const MAX_LISTED = 6;
/** Characters of a name from the file that an error shows. */
const MAX_NAME_LENGTH = 60;

/**
 * Gives a network's encoder the weights of a file; nothing is changed unless all of them fit.
 * @param network - With an encoder of `addResnetEncoder`.
 * @param file - The whole file, with torchvision's names (`layer1.0.conv1.weight` …).
 * @throws {VoxwatchError} `WEIGHTS_INVALID`, listing the names that are missing, of another shape or unknown; and what
 * `readSafetensors` throws.
 */
export function setResnet34Weights(network: LayersModel, file: Uint8Array): void {
  const tensors = readSafetensors(file);
  const layersByName = network.layers.filter(({ name, weights }) => name.startsWith(ENCODER_PREFIX) && weights.length > 0);
  const wanted = layersByName.map((layer) => ({ layer, parts: partsOf(layer) }));
  checkNames(
    tensors,
    wanted.flatMap(({ parts }) => parts),
  );
  const values = wanted.map(({ layer, parts }) => ({ layer, read: parts.map(({ name }) => readFinite(tensors, name)) }));
  tidy(() => {
    for (const { layer, read } of values) layer.setWeights(read.map(toOurs));
  });
}

/** A weight by torchvision's name, with the shape that it has there. */
interface Part {
  readonly name: string;
  readonly shape: readonly number[];
}

function partsOf({ name, weights }: layers.Layer): Part[] {
  const stem = name.slice(ENCODER_PREFIX.length);
  return weights.map(({ shape }, index) => {
    const isKernel = shape.length === 4;
    const [rows, columns, channels, filters] = shape as [number, number, number, number];
    return {
      name: `${stem}.${isKernel ? 'weight' : NORMALIZATION_WEIGHTS[index]}`,
      shape: isKernel ? [filters, channels, rows, columns] : (shape as number[]),
    };
  });
}

function checkNames(tensors: ReadonlyMap<string, SafetensorsTensor>, parts: readonly Part[]): void {
  const known = new Set(parts.map(({ name }) => name));
  const missing = parts.flatMap(({ name }) => (tensors.has(name) ? [] : [name]));
  const unknown = [...tensors.keys()].filter((name) => !known.has(name) && !PASSED_OVER.test(name));
  const misshapen = parts.flatMap(({ name, shape }) => {
    const found = tensors.get(name)?.shape;
    return found === undefined || String(found) === String(shape)
      ? []
      : [`${name} (${found.join(' × ')}, not ${shape.join(' × ')})`];
  });
  const faults = [listed('missing', missing), listed('of another shape', misshapen), listed('unknown', unknown.map(plain))];
  const found = faults.filter((fault) => fault !== '');
  if (found.length === 0) return;
  throw new VoxwatchError('WEIGHTS_INVALID', `The weights are not those of torchvision's ResNet-34: ${found.join('; ')}.`, {
    missing: missing.length,
    misshapen: misshapen.length,
    unknown: unknown.length,
  });
}

function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length - MAX_LISTED;
  return `${what}: ${names.slice(0, MAX_LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** A name from the file, as it may be shown. */
function plain(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH).replace(/[^\x20-\x7e]/g, '?');
}

interface Values {
  readonly shape: readonly number[];
  readonly floats: Float32Array;
}

function readFinite(tensors: ReadonlyMap<string, SafetensorsTensor>, name: string): Values {
  const { shape, floats: read } = tensors.get(name) as SafetensorsTensor;
  const floats = read();
  if (floats.every(Number.isFinite)) return { shape, floats };
  throw new VoxwatchError('WEIGHTS_INVALID', `The weight ${name} holds values that are not numbers; save the network again.`);
}

function toOurs({ shape, floats }: Values): Tensor {
  const values = tensor(floats, [...shape]);
  return shape.length === 4 ? transpose(values, [2, 3, 1, 0]) : values;
}
