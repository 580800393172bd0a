/**
 * A stage's file in fp32 → the same stage in another precision, and how alike the two are.
 *
 * It is made of the file alone, so a bundle that exists gets variants without its training run.
 * @module
 */
import { createHash } from 'node:crypto';
import type { FusedStage } from '../../core/model-manifest.ts';
import type { StageVariant, VariantPrecision } from '../../core/model-variants.ts';
import { countOverlap, diceScore, emptyCounts } from '../../core/overlap.ts';
import type { ReplayLimits } from '../../core/parity-certificate.ts';
import { decided, foregroundOf } from '../decided-answer.ts';
import { decodeModel } from '../onnx/decode.ts';
import { encodeModel, type OnnxModel } from '../onnx/encode.ts';
import { withoutStoredHalves } from '../onnx/stored-halves.ts';
import { littleEndian } from '../parity.ts';
import { replayStage, type StoredStage, variantLimits } from '../replay/replay-stage.ts';
import type { StageSlice } from '../stage-slice.ts';
import { calibrate, type RunValues } from './calibrate.ts';
import { toHalfPrecision } from './half-precision.ts';
import { quantize } from './quantize.ts';

export interface StageSlices {
  /** For people. */
  readonly description: string;
  readonly slices: readonly StageSlice[];
}

export interface VariantEngine {
  /** A stage's answer, labels or probabilities, uint8. */
  run(onnx: Uint8Array, slice: StageSlice): Promise<Uint8Array>;
  readonly runValues: RunValues<StageSlice>;
}

/** The bundle's certificate, where it can be repeated. */
export interface StageCertificate {
  readonly stored: StoredStage;
  /** Of fp32. */
  readonly limits: ReplayLimits;
}

export interface MadeVariant {
  readonly onnx: Uint8Array;
  readonly certificate: StageVariant['certificate'];
}

/** Times that each network answers for each slice; the first, which warms up, does not count. */
const ROUNDS = 4;

/**
 * Makes a stage's variant and its certificate.
 * @param onnx - The stage's file in fp32.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a file that cannot have it; `INVALID_ARGUMENT` without slices.
 */
export async function makeStageVariant(
  stage: FusedStage,
  onnx: Uint8Array,
  {
    precision,
    inputs,
    engine,
    parity,
  }: {
    readonly precision: VariantPrecision;
    readonly inputs: StageSlices;
    readonly engine: VariantEngine;
    readonly parity?: StageCertificate | undefined;
  },
): Promise<MadeVariant> {
  const model = withoutStoredHalves(decodeModel(onnx));
  const variant = encodeModel(await converted(model, { precision, inputs, engine }));
  const certificate = await compare(stage, [onnx, variant], { inputs, engine });
  if (parity === undefined) return { onnx: variant, certificate };
  const found = await replayStage(variant, parity.stored, engine);
  return { onnx: variant, certificate: { ...certificate, replay: { found, limits: variantLimits(parity.limits, found) } } };
}

async function converted(
  model: OnnxModel,
  {
    precision,
    inputs,
    engine,
  }: { readonly precision: VariantPrecision; readonly inputs: StageSlices; readonly engine: VariantEngine },
): Promise<OnnxModel> {
  if (precision === 'fp16') return toHalfPrecision(model);
  return quantize(model, await calibrate(model, inputs.slices, engine.runValues));
}

/** Both networks in turn on every slice: what runs beside them slows both. */
async function compare(
  stage: FusedStage,
  networks: readonly [fp32: Uint8Array, variant: Uint8Array],
  { inputs, engine }: { readonly inputs: StageSlices; readonly engine: VariantEngine },
): Promise<StageVariant['certificate']> {
  const digest = createHash('sha256');
  const counts = emptyCounts();
  const milliseconds: [number[], number[]] = [[], []];
  let [labelDisagreements, pixels] = [0, 0];
  for (const slice of inputs.slices) {
    digest.update(littleEndian(slice.hu)).update(slice.gridPixels?.join('x') ?? '');
    for (let round = 0; round < ROUNDS; round++) {
      const answers: Uint8Array[] = [];
      for (const [n, network] of networks.entries()) {
        const started = performance.now();
        answers.push(await engine.run(network, slice));
        if (round > 0) milliseconds[n as 0 | 1].push(performance.now() - started);
      }
      if (round > 0) continue;
      const [fp32, variant] = answers.map((answer) => decided(stage, answer)) as [Uint8Array, Uint8Array];
      countOverlap(counts, variant, fp32, foregroundOf(stage));
      labelDisagreements += fp32.reduce((count, value, p) => count + (value === variant[p] ? 0 : 1), 0);
      pixels += fp32.length;
    }
  }
  const isEmpty = counts.truePositive + counts.falsePositive + counts.falseNegative === 0;
  return {
    inputs: inputs.description,
    slices: inputs.slices.length,
    inputSha256: digest.digest('hex'),
    agreement: isEmpty ? 1 : diceScore(counts),
    labelDisagreements,
    pixels,
    foregroundPixels: counts.truePositive + counts.falseNegative,
    fp32Ms: median(milliseconds[0]),
    variantMs: median(milliseconds[1]),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length / 2)] as number).toPrecision(3));
}
