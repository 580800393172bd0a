/**
 * Losses, optimisers and plateaus on given numbers, for `test/oracles/check_losses.py`.
 *
 *   node dist/bench/compute-training.js REQUESTS.json [BACKEND]
 *
 * REQUESTS is `{ losses, optimizers, plateaus }`, lists of the requests below. Prints an object of the answers by the same
 * names: a loss's value and its gradient with regard to the logits, the weights after all steps, the rate after each
 * validation. BACKEND is of `startBackend`; the plain `cpu` unless said.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { dispose, grad, type Tensor4D, tensor, tensor1d, tensor3d, tensor4d, tidy, variable } from '@tensorflow/tfjs-core';
// tfjs-core registers its gradients only when tfjs-layers asks it to.
import '@tensorflow/tfjs-layers';
import { type BackendChoice, startBackend } from '../train/backends/backend.ts';
import { numbersOf } from '../train/backends/numbers-of.ts';
import type { LossSpec } from '../train/losses/loss-spec.ts';
import { segmentationLoss } from '../train/losses/segmentation-loss.ts';
import { Adam } from '../train/optimizer/adam.ts';
import type { OptimizerSpec } from '../train/optimizer/optimizer-spec.ts';
import { NO_PLATEAU, observePlateau, type PlateauSpec, reducedRate } from '../train/schedule/reduce-on-plateau.ts';

interface LossRequest {
  readonly loss: LossSpec;
  /** [N, H, W, C]. */
  readonly shape: [number, number, number, number];
  readonly logits: readonly number[];
  readonly labels: readonly number[];
}

interface OptimizerRequest {
  readonly optimizer: OptimizerSpec;
  /** Each variable's first weights. */
  readonly weights: readonly number[][];
  /** Step → variable → gradient. */
  readonly gradients: readonly (readonly number[][])[];
  /** Of each step. */
  readonly rates: readonly number[];
}

interface PlateauRequest {
  readonly plateau: PlateauSpec;
  readonly rate: number;
  readonly values: readonly number[];
}

interface Requests {
  readonly losses: readonly LossRequest[];
  readonly optimizers: readonly OptimizerRequest[];
  readonly plateaus: readonly PlateauRequest[];
}

const [requestFile, backend = 'cpu'] = process.argv.slice(2);
if (!requestFile) throw new Error('usage: compute-training REQUESTS.json [BACKEND]');
const { losses, optimizers, plateaus } = JSON.parse(await readFile(requestFile, 'utf8')) as Requests;
await startBackend(backend as BackendChoice);
console.log(
  JSON.stringify({
    losses: await inTurn(losses, valueAndGradient),
    optimizers: await inTurn(optimizers, weightsAfter),
    plateaus: plateaus.map(ratesAfter),
  }),
);

/** One after the other: together they would fill memory. */
async function inTurn<Request, Answer>(
  requests: readonly Request[],
  answer: (request: Request) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const request of requests) answers.push(await answer(request));
  return answers;
}

/** A number that JSON does not have is sent as null. */
async function valueAndGradient({ loss, shape, logits, labels }: LossRequest): Promise<{ value: number; gradient: number[] }> {
  const tensors = tidy(() => {
    const x = tensor4d([...logits], shape);
    const y = tensor3d([...labels], [shape[0], shape[1], shape[2]], 'int32');
    const slopes = grad((moved) => segmentationLoss(moved as Tensor4D, y, loss))(x);
    return [segmentationLoss(x, y, loss), slopes];
  });
  const [value, slopes] = (await numbersOf(tensors)) as [Float32Array, Float32Array];
  dispose(tensors);
  return { value: value[0] as number, gradient: Array.from(slopes) };
}

async function weightsAfter({ optimizer, weights, gradients, rates }: OptimizerRequest): Promise<number[][]> {
  const variables = weights.map((values) => variable(tensor1d(values)));
  const adam = new Adam(optimizer);
  for (const [n, step] of gradients.entries()) {
    await adam.apply(
      variables,
      Object.fromEntries(variables.map(({ name }, v) => [name, tensor(step[v] as number[])])),
      rates[n] as number,
    );
  }
  return (await numbersOf(variables)).map((values) => Array.from(values));
}

function ratesAfter({ plateau, rate, values }: PlateauRequest): number[] {
  let state = NO_PLATEAU;
  return values.map((value) => {
    state = observePlateau(plateau, state, value);
    return reducedRate(plateau, state, rate);
  });
}
