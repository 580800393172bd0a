/**
 * Trained stages and slices of the golden volume → the part of a bundle's certificate that every machine can measure again.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { Replay, ReplayStage } from '../../core/parity-certificate.ts';
import type { BundleStage } from '../bundle-stage.ts';
import { runMillimetreReference } from '../millimetre-reference.ts';
import { runReferenceStage } from '../reference-stage.ts';
import { fp32Limits, isWithin, type ReplayEngine, replayStage, type StoredStage } from './replay-stage.ts';
import {
  encodeReplay,
  everyPixelOf,
  type PlacedSlice,
  placesOf,
  type ReplayGrid,
  type ReplayValues,
  sampleLogits,
  slicesSha256,
} from './replay-values.ts';

/** A stage with the file that was made of it. */
export interface ReplayedStage {
  readonly stage: BundleStage;
  readonly onnx: Uint8Array;
  /** What of the golden volume it is shown. */
  readonly slices: readonly PlacedSlice[];
}

export interface MadeReplay {
  readonly bytes: Uint8Array;
  /** In the order of the stages. */
  readonly stages: Replay['stages'];
}

/**
 * Runs the trained networks, on the current TensorFlow.js backend, and the files beside them.
 * @throws {VoxwatchError} `PARITY_FAILED` where a file is further from its network than its own limits let pass.
 */
export async function makeReplay(stages: readonly ReplayedStage[], engine: ReplayEngine): Promise<MadeReplay> {
  const made: { readonly facts: ReplayStage; readonly values: readonly ReplayValues[] }[] = [];
  for (const stage of stages) made.push(await makeStage(stage, engine));
  return { bytes: encodeReplay(made.map(({ values }) => values)), stages: made.map(({ facts }) => facts) };
}

async function makeStage({ stage, onnx, slices }: ReplayedStage, engine: ReplayEngine) {
  const everyPixel = everyPixelOf(gridOf(stage), slices);
  let channels = 1;
  const values: ReplayValues[] = [];
  for (const slice of slices) {
    const reference = await referenceOf(stage, slice);
    channels = reference.channels;
    values.push({ logits: sampleLogits(reference.logits, channels, everyPixel), answer: reference.answer });
  }
  const answering = stage.space === 'pixels' ? stage : ({ space: 'millimetres', outputs: stage.grid.outputs } as const);
  const stored: StoredStage = { answering, channels, everyPixel, slices, values };
  const found = await replayStage(onnx, stored, engine);
  const limits = fp32Limits(stored, found);
  if (!isWithin(found, limits.cpu)) {
    const { maxAbsLogitDifference, labelDisagreements } = found;
    throw new VoxwatchError(
      'PARITY_FAILED',
      `The ONNX graph of stage ${stage.name} does not compute on the golden slice what was trained: logits differ by up to ${maxAbsLogitDifference.toExponential(1)}, ${labelDisagreements} labels differ.`,
      { stage: stage.name, maxAbsLogitDifference, labelDisagreements },
    );
  }
  const facts: ReplayStage = {
    stage: stage.name,
    slices: placesOf(slices),
    inputSha256: slicesSha256(slices),
    channels,
    everyPixel,
    found,
    limits,
  };
  return { facts, values };
}

function gridOf(stage: BundleStage): ReplayGrid {
  return stage.space === 'pixels' ? stage : { space: 'millimetres', ...stage.grid };
}

async function referenceOf(stage: BundleStage, slice: PlacedSlice) {
  if (stage.space === 'pixels') {
    const { labels, logits, channels } = await runReferenceStage(stage, slice);
    return { answer: labels, logits, channels };
  }
  const { gridPixels = slice.sizePixels } = slice;
  const { probabilities, logits, channels } = await runMillimetreReference(stage, { ...slice, gridPixels });
  return { answer: probabilities, logits, channels };
}
