/**
 * A network's file on the slices of the certificate → how far it is from what the trained network gave for them, and
 * whether that is near enough.
 *
 * `export` asks it of the file that it has just made, `amend` of a variant, `verify` of either on each provider of a machine.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { ReplayDifferences, ReplayFinding, ReplayLimits } from '../../core/parity-certificate.ts';
import { type AnsweringStage, decided } from '../decided-answer.ts';
import { LOGIT_TOLERANCE } from '../logit-differences.ts';
import type { StageSlice } from '../stage-slice.ts';
import { type ReplayValues, sampleLogits } from './replay-values.ts';
import { LOGITS, withLogits } from './with-logits.ts';

/** A GPU may choose convolutions that round more often (Winograd's, say): so many times what a CPU may differ by. */
const GPU_ALLOWANCE = 10;
/** Pixels that may be near ties in fp32 on a CPU, of all; one at least. */
const NEAR_TIES = 1e-4;
/** A variant may differ by so many times what it differed by where it was made, beside what fp32 may. */
const VARIANT_ALLOWANCE = 2;

/** Runs networks. */
export interface ReplayEngine {
  /** A stage's answer, labels or probabilities. */
  run(onnx: Uint8Array, slice: StageSlice): Promise<Uint8Array>;
  /** All outputs that are float32. */
  runValues(onnx: Uint8Array, slice: StageSlice): Promise<ReadonlyMap<string, Float32Array>>;
}

/** A stage's part of a certificate, read. */
export interface StoredStage {
  readonly answering: AnsweringStage;
  readonly channels: number;
  readonly everyPixel: number;
  readonly slices: readonly StageSlice[];
  /** Of each slice. */
  readonly values: readonly ReplayValues[];
}

/**
 * Runs a stage's file on all slices.
 * @throws {VoxwatchError} `PARITY_FAILED` where it gives another number of values; whatever the engine throws.
 */
export async function replayStage(onnx: Uint8Array, stored: StoredStage, engine: ReplayEngine): Promise<ReplayDifferences> {
  const { answering, channels, everyPixel } = stored;
  const handingOut = withLogits(onnx);
  let [largest, sum, count, labelDisagreements, pixels] = [0, 0, 0, 0, 0];
  for (const [n, slice] of stored.slices.entries()) {
    const expected = stored.values[n] as ReplayValues;
    const all = (await engine.runValues(handingOut, slice)).get(LOGITS) ?? new Float32Array();
    const logits = sampleLogits(all, channels, everyPixel);
    const answer = await engine.run(onnx, slice);
    if (logits.length !== expected.logits.length || answer.length !== expected.answer.length) throw otherShape();
    for (let p = 0; p < logits.length; p++) {
      const difference = Math.abs((logits[p] as number) - (expected.logits[p] as number));
      largest = Math.max(largest, difference);
      sum += difference;
    }
    count += logits.length;
    const [found, wanted] = [decided(answering, answer), decided(answering, expected.answer)];
    labelDisagreements += wanted.reduce((differing, label, p) => differing + (label === found[p] ? 0 : 1), 0);
    pixels += wanted.length;
  }
  return { maxAbsLogitDifference: largest, meanAbsLogitDifference: sum / count, labelDisagreements, pixels };
}

/** What a network in fp32 may differ by. */
export function fp32Limits({ values }: Pick<StoredStage, 'values'>, { pixels }: ReplayDifferences): ReplayLimits {
  const largestLogit = values.reduce((most, { logits }) => logits.reduce((own, logit) => Math.max(own, Math.abs(logit)), most), 1);
  const limits = (times: number) => ({
    logitDifference: rounded(LOGIT_TOLERANCE * largestLogit * times),
    labelDisagreements: Math.ceil(NEAR_TIES * pixels * times),
  });
  return { cpu: limits(1), gpu: limits(GPU_ALLOWANCE) };
}

/** What a variant may differ by: it is another network, so what it differed by where it was made decides. */
export function variantLimits(fp32: ReplayLimits, found: ReplayDifferences): ReplayLimits {
  const wider = ({ logitDifference, labelDisagreements }: ReplayLimits['cpu']) => ({
    logitDifference: rounded(logitDifference + VARIANT_ALLOWANCE * found.maxAbsLogitDifference),
    labelDisagreements: labelDisagreements + VARIANT_ALLOWANCE * found.labelDisagreements,
  });
  return { cpu: wider(fp32.cpu), gpu: wider(fp32.gpu) };
}

/** Whether no more differs than may. NaN is more. */
export function isWithin(
  { maxAbsLogitDifference, labelDisagreements }: ReplayDifferences,
  limits: ReplayFinding['limits']['cpu'],
): boolean {
  return maxAbsLogitDifference <= limits.logitDifference && labelDisagreements <= limits.labelDisagreements;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

function otherShape(): VoxwatchError {
  return new VoxwatchError('PARITY_FAILED', 'A network gives another number of values than the trained one did.');
}
