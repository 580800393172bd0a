/**
 * A stage's network on a provider beside the CPU: how many of its answers differ, and how many of those were near ties.
 *
 * Near a tie is, in a stage in pixels, where the two best classes lie within {@link NEAR_LOGITS} on the CPU (the scores that its
 * arg-max is taken of, brought out of the graph); in a stage in millimetres, where the CPU's probability lies within one of its
 * 255 steps of the threshold.
 * @module
 */
import type { InferenceSession } from 'onnxruntime-node';
import type { ManifestStage } from '../../core/model-manifest.ts';
import { decodeModel } from '../../export/onnx/decode.ts';
import { encodeModel } from '../../export/onnx/encode.ts';
import type { StageSlice } from '../../export/stage-slice.ts';
import { CERTAIN } from '../../preprocess/millimetre-grid.ts';
import { nearestSourcePixels } from '../../preprocess/resize.ts';
import type { ExecutionProvider } from '../../runtime/sessions/session.ts';
import { askNetwork, openNetwork } from './stage-slices.ts';

export const NEAR_LOGITS = 1e-3;
const SCORES = 'scores_for_comparison';

export interface NetworkAgreement {
  readonly slices: number;
  readonly pixels: number;
  /** Of another label; in millimetres: of a probability on the other side of the threshold. */
  readonly differing: number;
  readonly nearTies: number;
  /** Of stages in millimetres: the largest difference of a probability, steps of 255. */
  readonly largestStep?: number;
}

/** @throws what ONNX Runtime throws. */
export async function networkAgreement(
  { stage, onnx, providerOnnx }: { readonly stage: ManifestStage; readonly onnx: Uint8Array; readonly providerOnnx: Uint8Array },
  slices: readonly StageSlice[],
  provider: ExecutionProvider,
): Promise<NetworkAgreement> {
  const cpu = await openNetwork(stage.space === 'pixels' ? withScores(onnx) : onnx, 'cpu');
  const other = await openNetwork(providerOnnx, provider);
  let total: NetworkAgreement = { slices: slices.length, pixels: 0, differing: 0, nearTies: 0 };
  for (const slice of slices) {
    const [ours, theirs] = [await askNetwork(cpu, slice, 'cpu'), await askNetwork(other, slice, provider)];
    const one = stage.space === 'millimetres' ? compareProbabilities(stage, ours, theirs) : compareLabels(slice, ours, theirs);
    const largest = Math.max(total.largestStep ?? 0, one.largestStep ?? 0);
    total = {
      slices: total.slices,
      pixels: total.pixels + one.pixels,
      differing: total.differing + one.differing,
      nearTies: total.nearTies + one.nearTies,
      ...(stage.space === 'millimetres' && { largestStep: largest }),
    };
  }
  await cpu.release();
  await other.release();
  return total;
}

type Answers = InferenceSession.OnnxValueMapType;
type Difference = Omit<NetworkAgreement, 'slices'>;

/** The graph with what its arg-max is taken of among its outputs. */
function withScores(onnx: Uint8Array): Uint8Array {
  const model = decodeModel(onnx);
  const argMax = model.nodes.findLast(({ operator }) => operator === 'ArgMax');
  const scores = argMax?.inputs[0];
  if (scores === undefined) throw new Error('a network whose labels come of no arg-max');
  const identity = { operator: 'Identity', name: SCORES, inputs: [scores], outputs: [SCORES], attributes: {} };
  const output = { name: SCORES, elementType: 'float32', dims: ['N', 'K', 'h', 'w'] } as const;
  return encodeModel({ ...model, nodes: [...model.nodes, identity], outputs: [...model.outputs, output] });
}

function compareLabels({ sizePixels }: StageSlice, ours: Answers, theirs: Answers): Difference {
  const [a, b] = [ours.labels?.data as Uint8Array, theirs.labels?.data as Uint8Array];
  const scores = ours[SCORES];
  const [, classes = 0, height = 0, width = 0] = scores?.dims ?? [];
  const values = scores?.data as Float32Array;
  const source = nearestSourcePixels([width, height], sizePixels);
  const margin = (p: number): number => {
    const of = Array.from({ length: classes }, (_, c) => values[c * width * height + (source[p] as number)] as number);
    const [best = 0, second = Number.NEGATIVE_INFINITY] = of.sort((x, y) => y - x);
    return best - second;
  };
  let [differing, nearTies] = [0, 0];
  for (let p = 0; p < a.length; p++) {
    if (a[p] === b[p]) continue;
    differing++;
    if (margin(p) < NEAR_LOGITS) nearTies++;
  }
  return { pixels: a.length, differing, nearTies };
}

function compareProbabilities(
  { outputs }: Extract<ManifestStage, { space: 'millimetres' }>,
  ours: Answers,
  theirs: Answers,
): Difference {
  const [a, b] = [ours.probabilities?.data as Uint8Array, theirs.probabilities?.data as Uint8Array];
  const pixels = a.length / outputs.length;
  let [differing, nearTies, largestStep] = [0, 0, 0];
  for (let p = 0; p < a.length; p++) {
    const least = (outputs[Math.floor(p / pixels)]?.threshold ?? 0) * CERTAIN;
    const [x, y] = [a[p] as number, b[p] as number];
    largestStep = Math.max(largestStep, Math.abs(x - y));
    if (x >= least === y >= least) continue;
    differing++;
    if (Math.abs(x - least) <= 1) nearTies++;
  }
  return { pixels: a.length, differing, nearTies, largestStep };
}
