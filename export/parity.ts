/**
 * The trained network in TensorFlow.js and its ONNX graph on the same slices → how far they are apart.
 *
 * The rule (design.md §6): logits differ by at most 1e-4, and labels only where the logits that decide are closer than
 * 1e-3. A bundle that breaks it is not written. Differences are recorded as they are; only the bound on logits grows
 * with them, because float32 keeps digits and not decimals.
 * @module
 */
import { createHash } from 'node:crypto';
import { VoxwatchError } from '../core/errors.ts';
import type { ParityResult } from '../core/parity-certificate.ts';
import { nearestSourcePixels } from '../preprocess/resize.ts';
import { addLogitDifferences, LOGIT_TOLERANCE, type LogitDifferences, noLogitDifferences } from './logit-differences.ts';
import { type HuSlice, type ReferenceOutputs, type ReferenceStage, runReferenceStage } from './reference-stage.ts';

/** Labels may differ where the two logits that decide are closer than this. */
export const LABEL_GAP_TOLERANCE = 1e-3;

/** Stands for a label that the graph did not give. */
const NO_LABEL = 255;

/** Slices that both sides compute. */
export interface ParityInputs<Slice = HuSlice> {
  /** For people: `phantom slices of held-out seeds`. */
  readonly description: string;
  readonly slices: readonly Slice[];
}

/** What a graph gives for one slice: labels [H, W], and logits [C, h, w] where the graph gives them. */
export interface OnnxOutputs {
  readonly labels: Uint8Array;
  readonly logits?: Float32Array;
}

/** Runs a stage's graph on one slice. */
export type RunOnnx = (onnx: Uint8Array, slice: HuSlice) => Promise<OnnxOutputs>;

/** The graphs of a stage that are held against its network. */
export interface ComparedGraphs {
  readonly stage: string;
  /** The stage's file in the bundle: what it gives is compared. */
  readonly onnx: Uint8Array;
  /** The same graph with logits as a second output: they are compared. */
  readonly onnxWithLogits: Uint8Array;
}

export interface ParitySubject extends ReferenceStage, ComparedGraphs {}

/** Sums and extremes over all slices. */
interface Differences {
  readonly logits: LogitDifferences;
  disagreements: number;
  pixels: number;
  largestGap: number;
}

/**
 * Compares both sides on all slices of a set.
 * @throws {VoxwatchError} `PARITY_FAILED` where the rule is broken, `INVALID_ARGUMENT` without slices.
 */
export async function measureParity(subject: ParitySubject, inputs: ParityInputs, runOnnx: RunOnnx): Promise<ParityResult> {
  if (inputs.slices.length === 0) throw new VoxwatchError('INVALID_ARGUMENT', 'Parity needs at least one slice; there was none.');
  const digest = createHash('sha256');
  const seen: Differences = { logits: noLogitDifferences(), disagreements: 0, pixels: 0, largestGap: 0 };
  for (const slice of inputs.slices) {
    digest.update(littleEndian(slice.hu));
    const reference = await runReferenceStage(subject, slice);
    addLogitDifferences(seen.logits, reference.logits, (await runOnnx(subject.onnxWithLogits, slice)).logits);
    const sources = nearestSourcePixels(subject.gridPixels, slice.sizePixels);
    addLabelDifferences(seen, reference, (await runOnnx(subject.onnx, slice)).labels, sources);
  }
  // Negated, so that NaN fails.
  const { largest, largestRelative, sum, count } = seen.logits;
  if (!(largestRelative <= LOGIT_TOLERANCE) || !(seen.largestGap <= LABEL_GAP_TOLERANCE)) throw parityError(subject, seen);
  return {
    stage: subject.stage,
    inputs: inputs.description,
    slices: inputs.slices.length,
    inputSha256: digest.digest('hex'),
    maxAbsLogitDifference: largest,
    meanAbsLogitDifference: sum / count,
    labelDisagreements: seen.disagreements,
    pixels: seen.pixels,
    ...(seen.disagreements > 0 && { largestGapAtDisagreement: seen.largestGap }),
  };
}

function addLabelDifferences(seen: Differences, reference: ReferenceOutputs, labels: Uint8Array, sources: Uint32Array): void {
  const logitOf = (label: number, pixel: number) => decidingLogit(reference, label, sources[pixel] as number);
  for (let p = 0; p < reference.labels.length; p++) {
    const [expected, found] = [reference.labels[p] as number, labels[p] ?? NO_LABEL];
    if (expected === found) continue;
    seen.disagreements++;
    seen.largestGap = Math.max(seen.largestGap, logitOf(expected, p) - logitOf(found, p));
  }
  seen.pixels += reference.labels.length;
}

/** What speaks for a label: its channel; a sigmoid's one logit speaks for 1, and 0 for the background. */
function decidingLogit({ logits, channels }: ReferenceOutputs, label: number, pixel: number): number {
  const channel = channels === 1 ? label - 1 : label;
  if (channel === -1) return 0;
  return logits[channel * (logits.length / channels) + pixel] ?? -Infinity;
}

function parityError({ stage }: ParitySubject, { logits, disagreements, pixels, largestGap }: Differences): VoxwatchError {
  const { largest: largestLogit } = logits;
  return new VoxwatchError(
    'PARITY_FAILED',
    `The ONNX graph of stage ${stage} does not compute what was trained: logits differ by up to ${largestLogit.toExponential(1)}; ${disagreements} of ${pixels} labels differ, where logits are up to ${largestGap.toExponential(1)} apart.`,
    { stage, largestLogit, disagreements, pixels, largestGap },
  );
}

/** Bytes of int16 voxels that are the same on every machine. */
export function littleEndian(hu: Int16Array): Uint8Array {
  const bytes = new Uint8Array(hu.byteLength);
  const view = new DataView(bytes.buffer);
  hu.forEach((value, index) => view.setInt16(index * 2, value, true));
  return bytes;
}
