/**
 * What a file says of its network against what its description says: every contradiction is named with both.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { answerChannels, inputShape, type TileNetwork, tileSize } from '../../core/tile-stage.ts';
import type { ModelFacts, ModelValue } from '../onnx/model-facts.ts';

/** What ONNX Runtime 1.30 reads. */
export const NEWEST = { irVersion: 13, opset: 26 } as const;
/** Older operators changed their meaning too often to be trusted unseen. */
export const OLDEST_OPSET = 9;

/**
 * Checks a model on its own: that it can be run here.
 * @throws {VoxwatchError} `MODEL_UNSUPPORTED`.
 */
export function requireRunnable({ irVersion, opset, otherDomains, externalFiles }: ModelFacts): void {
  const [file] = externalFiles;
  if (file !== undefined)
    throw unsupported(
      `The weights of this network lie in another file (${file}), and a bundle is one file: save it with its weights inside (onnx.save_model with save_as_external_data=False)`,
    );
  if (irVersion > NEWEST.irVersion)
    throw unsupported(`This file has ONNX IR version ${irVersion}; what is read here are versions up to ${NEWEST.irVersion}`);
  if (opset > NEWEST.opset || opset < OLDEST_OPSET)
    throw unsupported(`This file has opset ${opset}; what is run here are opsets ${OLDEST_OPSET} to ${NEWEST.opset}`);
  if (otherDomains.length > 0)
    throw unsupported(`This file needs operators that are not ONNX's own (${otherDomains.join(', ')}); export it without them`);
}

/**
 * The input and the output that a description means: the named ones, or the only ones.
 * @throws {VoxwatchError} `MODEL_UNSUPPORTED`.
 */
export function chooseValues(
  facts: ModelFacts,
  wanted: { readonly input?: string | undefined; readonly output?: string | undefined },
): { readonly input: ModelValue; readonly output: ModelValue } {
  if (facts.inputs.length !== 1)
    throw unsupported(`A network with one input can be imported; this one has ${facts.inputs.length}: ${namesOf(facts.inputs)}`);
  return { input: choose(facts.inputs, wanted.input, 'input'), output: choose(facts.outputs, wanted.output, 'output') };
}

function choose(values: readonly ModelValue[], name: string | undefined, what: 'input' | 'output'): ModelValue {
  const found = name === undefined ? values.length === 1 && values[0] : values.find((value) => value.name === name);
  if (found) return found;
  if (name === undefined)
    throw unsupported(`This network has ${values.length} ${what}s (${namesOf(values)}): say which one with "${what}"`);
  throw unsupported(`The description names the ${what} ${name}; the network's are: ${namesOf(values)}`);
}

const LABEL_TYPES: readonly string[] = ['uint8', 'int32', 'int64'];

/**
 * Holds types and shapes of a network against its description.
 * @throws {VoxwatchError} `MODEL_UNSUPPORTED`, with what either says.
 */
export function requireFit(
  network: TileNetwork,
  { input, output }: { readonly input: ModelValue; readonly output: ModelValue },
): void {
  if (input.elementType !== 'float32') throw unsupported(`The input ${input.name} is ${input.elementType}; a tile is float32`);
  const isLabels = network.answer.kind === 'labels';
  const types = isLabels ? ['float32', ...LABEL_TYPES] : ['float32'];
  if (!types.includes(output.elementType))
    throw unsupported(
      `The output ${output.name} is ${output.elementType}; what the description says it gives is ${types.join(' or ')}`,
    );
  requireShape(input, inputShape(network));
  const spatial = network.tile.kind === 'planar' ? network.tile.sizePixels : tileSize(network);
  const channels = isLabels ? 1 : answerChannels(network.answer);
  // Labels may come without a channel.
  if (isLabels && output.dims?.length === spatial.length + 1) requireShape(output, [1, ...spatial]);
  else requireShape(output, [1, channels, ...spatial]);
}

function requireShape({ name, dims }: ModelValue, wanted: readonly number[]): void {
  if (dims === undefined) return;
  const fits = dims.length === wanted.length && dims.every((dim, n) => typeof dim === 'string' || dim === wanted[n]);
  if (fits) return;
  const said = dims.map((dim) => (dim === '' ? '?' : dim)).join(', ');
  throw unsupported(`The network has ${name} of shape [${said}]; its description makes it [${wanted.join(', ')}]`);
}

function namesOf(values: readonly ModelValue[]): string {
  return values.map(({ name }) => name).join(', ') || 'none';
}

function unsupported(message: string): VoxwatchError {
  return new VoxwatchError('MODEL_UNSUPPORTED', `${message}.`);
}
