/**
 * A stage in millimetres in TensorFlow.js and its ONNX graph on the same slices → how far they are apart.
 *
 * The rule: logits differ by at most 1e-4 as those of any stage, and a probability by at most one of 255 steps, as it may
 * be rounded the other way. Such a step is all that lies between two sides of a threshold.
 * @module
 */
import { createHash } from 'node:crypto';
import { VoxwatchError } from '../core/errors.ts';
import type { ParityResult } from '../core/parity-certificate.ts';
import { CERTAIN } from '../preprocess/millimetre-grid.ts';
import { addLogitDifferences, LOGIT_TOLERANCE, type LogitDifferences, noLogitDifferences } from './logit-differences.ts';
import { type GridSlice, type MillimetreReferenceStage, runMillimetreReference } from './millimetre-reference.ts';
import { type ComparedGraphs, littleEndian, type ParityInputs } from './parity.ts';

/** How many of 255 steps probabilities may be apart. */
export const PROBABILITY_TOLERANCE = 1;

/** Slices of several sizes. */
export type MillimetreParityInputs = ParityInputs<GridSlice>;

/** What a graph gives for one slice: probabilities [K, h, w], and logits of the padded grid where the graph gives them. */
export interface MillimetreOnnxOutputs {
  readonly probabilities: Uint8Array;
  readonly logits?: Float32Array;
}

/** Runs a stage's graph on one slice. */
export type RunMillimetreOnnx = (onnx: Uint8Array, slice: GridSlice) => Promise<MillimetreOnnxOutputs>;

export interface MillimetreParitySubject extends MillimetreReferenceStage, ComparedGraphs {}

interface Differences {
  readonly logits: LogitDifferences;
  largestStep: number;
  disagreements: number;
  pixels: number;
}

/**
 * Compares both sides on all slices of a set.
 * @throws {VoxwatchError} `PARITY_FAILED` where the rule is broken, `INVALID_ARGUMENT` without slices.
 */
export async function measureMillimetreParity(
  subject: MillimetreParitySubject,
  inputs: MillimetreParityInputs,
  runOnnx: RunMillimetreOnnx,
): Promise<ParityResult> {
  if (inputs.slices.length === 0) throw new VoxwatchError('INVALID_ARGUMENT', 'Parity needs at least one slice; there was none.');
  const digest = createHash('sha256');
  const seen: Differences = { logits: noLogitDifferences(), largestStep: 0, disagreements: 0, pixels: 0 };
  for (const slice of inputs.slices) {
    digest.update(littleEndian(slice.hu)).update(slice.gridPixels.join('x'));
    const reference = await runMillimetreReference(subject, slice);
    addLogitDifferences(seen.logits, reference.logits, (await runOnnx(subject.onnxWithLogits, slice)).logits);
    addProbabilityDifferences(seen, subject, reference.probabilities, (await runOnnx(subject.onnx, slice)).probabilities);
  }
  const { largest, largestRelative, sum, count } = seen.logits;
  // Negated, so that NaN fails.
  if (!(largestRelative <= LOGIT_TOLERANCE) || !(seen.largestStep <= PROBABILITY_TOLERANCE)) throw parityError(subject, seen);
  return {
    stage: subject.stage,
    inputs: inputs.description,
    slices: inputs.slices.length,
    inputSha256: digest.digest('hex'),
    maxAbsLogitDifference: largest,
    meanAbsLogitDifference: sum / count,
    labelDisagreements: seen.disagreements,
    pixels: seen.pixels,
  };
}

function addProbabilityDifferences(
  seen: Differences,
  { grid: { outputs } }: MillimetreParitySubject,
  reference: Uint8Array,
  probabilities: Uint8Array,
): void {
  if (probabilities.length !== reference.length) {
    throw new VoxwatchError(
      'PARITY_FAILED',
      `The graph gives ${probabilities.length} probabilities a slice, the network ${reference.length}.`,
    );
  }
  const pixels = reference.length / outputs.length;
  outputs.forEach(({ threshold }, k) => {
    const least = threshold * CERTAIN;
    for (let p = k * pixels; p < (k + 1) * pixels; p++) {
      const [expected, found] = [reference[p] as number, probabilities[p] as number];
      seen.largestStep = Math.max(seen.largestStep, Math.abs(expected - found));
      if (expected >= least !== found >= least) seen.disagreements++;
    }
  });
  seen.pixels += reference.length;
}

function parityError(
  { stage }: MillimetreParitySubject,
  { logits, largestStep, disagreements, pixels }: Differences,
): VoxwatchError {
  return new VoxwatchError(
    'PARITY_FAILED',
    `The ONNX graph of stage ${stage} does not compute what was trained: logits differ by up to ${logits.largest.toExponential(1)}, probabilities by up to ${largestStep} of ${CERTAIN}.`,
    { stage, largestLogit: logits.largest, largestStep, disagreements, pixels },
  );
}
