/**
 * What a batch needs at least → a sentence before training, where the machine has not that much: the system ends a process that
 * takes more, and then there is nobody to say anything.
 *
 * TensorFlow.js keeps the output of each layer of a step until its gradients are there. Their sum is the least; with what lies
 * between and the gradients a batch of 16 × 240 × 240 of report 002's U-Net took 2.6 times that.
 * @module
 */
import { freemem, totalmem } from 'node:os';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../../core/errors.ts';
import { CropToMatch } from '../layers/crop-to-match.ts';
import type { LayerShape } from '../layers/single-input.ts';
import type { StageRecipe } from '../recipe.ts';

const BYTES = Float32Array.BYTES_PER_ELEMENT;
const GIGABYTE = 1e9;

/** How many times the least a batch takes, to be warned of. */
const USUAL_FACTOR = 2.5;

/** Bytes. */
export interface Memory {
  readonly whole: number;
  readonly free: number;
}

/** Of this machine, or of the container that the process is in. */
export function ownMemory(): Memory {
  const limit = process.constrainedMemory();
  const whole = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return { whole, free: Math.min(whole, freemem()) };
}

/**
 * @param slices - Training slices that there are: a batch of an epoch has no more.
 * @returns what to be told where a batch may be too large, else nothing.
 * @throws {VoxwatchError} `TRAINING_FAILED` where one is.
 */
export function checkBatchMemory(
  { name, phases, gridPixels }: Pick<StageRecipe, 'name' | 'phases' | 'gridPixels'>,
  model: LayersModel,
  slices: number,
  { whole, free }: Memory = ownMemory(),
): string | undefined {
  let warning: string | undefined;
  for (const [index, phase] of phases.entries()) {
    const batchSize = phase.kind === 'epochs' ? Math.min(phase.batchSize, slices) : phase.batchSize;
    const least = batchSize * sampleBytes(model, phase.windowPixels ?? gridPixels);
    const [needs, remedy] = [`a batch of ${batchSize}`, `make it smaller (--set ${name}.phases.${index}.batchSize=…)`];
    if (least > whole) {
      throw new VoxwatchError(
        'TRAINING_FAILED',
        `There is too little memory: ${needs} takes at least ${gigabytes(least)} and this machine has ${gigabytes(whole)}; ${remedy}.`,
      );
    }
    if (USUAL_FACTOR * least > free) {
      warning ??= `${needs} takes about ${gigabytes(USUAL_FACTOR * least)} of memory and ${gigabytes(free)} are free: the system may end this training. If it does, ${remedy}`;
    }
  }
  return warning;
}

/** Outputs of all layers for one sample. */
function sampleBytes({ layers, inputs }: LayersModel, [width, height]: readonly [number, number]): number {
  const channels = inputs[0]?.shape.at(-1) as number;
  const shapes = new Map<string, LayerShape>();
  let values = 0;
  // Layers stand behind those that feed them.
  for (const layer of layers) {
    const feeding = (layer.inboundNodes[0]?.inboundLayers ?? []).map(({ name }) => shapes.get(name) as LayerShape);
    const shape =
      feeding.length === 0
        ? [1, height, width, channels]
        : (layer.computeOutputShape(feeding.length === 1 ? (feeding[0] as LayerShape) : feeding) as LayerShape);
    shapes.set(layer.name, shape);
    // It mostly hands on what it is given.
    if (!(layer instanceof CropToMatch)) values += shape.reduce<number>((product, size) => product * (size ?? 1), 1);
  }
  return values * BYTES;
}

function gigabytes(bytes: number): string {
  return `${(bytes / GIGABYTE).toFixed(1)} GB`;
}
