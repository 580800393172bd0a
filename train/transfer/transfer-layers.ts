/**
 * Layer transfer (report 001): weights of a trained network → the layers of the same name in a new one.
 * @module
 */
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../../core/errors.ts';
import { matchesPattern, namedLayers, selectNames } from './layer-names.ts';
import type { TransferSpec } from './transfer-spec.ts';

/** What became of the layers that the patterns name. */
export interface TransferReport {
  readonly copied: readonly string[];
  readonly leftOut: readonly LeftOutLayer[];
}

export interface LeftOutLayer {
  readonly name: string;
  /** A sentence. */
  readonly reason: string;
}

/**
 * Copies all weights of each named layer, moving statistics too, where both networks have it with the same shapes.
 * Nothing is changed unless each pattern brings at least one layer.
 * @param network - Changed in place.
 * @param source - May be disposed of afterwards.
 * @throws {VoxwatchError} `USAGE` for a pattern that matches no layer of the source, or whose layers all do not fit.
 */
export function transferLayers(network: LayersModel, source: LayersModel, { copy }: Pick<TransferSpec, 'copy'>): TransferReport {
  const [ours, theirs] = [namedLayers(network), namedLayers(source)];
  const named = selectNames(theirs.keys(), copy);
  const leftOut = named.flatMap((name): LeftOutLayer[] => {
    const reason = misfit(ours.get(name), theirs.get(name) as layers.Layer);
    return reason === undefined ? [] : [{ name, reason }];
  });
  const missing = new Map(leftOut.map(({ name, reason }) => [name, reason]));
  const copied = named.filter((name) => !missing.has(name));
  for (const pattern of copy) {
    if (copied.some((name) => matchesPattern(name, pattern))) continue;
    const [first] = leftOut.filter(({ name }) => matchesPattern(name, pattern));
    throw new VoxwatchError('USAGE', `No layer called “${pattern}” can be copied. ${first?.name}: ${first?.reason}`);
  }
  for (const name of copied) ours.get(name)?.setWeights((theirs.get(name) as layers.Layer).getWeights());
  const unmatched = [...ours.keys()].filter((name) => !theirs.has(name) && copy.some((pattern) => matchesPattern(name, pattern)));
  return {
    copied,
    leftOut: [...leftOut, ...unmatched.map((name) => ({ name, reason: 'The source has no such layer.' }))],
  };
}

function misfit(own: layers.Layer | undefined, source: layers.Layer): string | undefined {
  if (!own) return 'This network has no such layer.';
  const [here, there] = [shapesOf(own), shapesOf(source)];
  return here === there ? undefined : `The shapes of its weights differ: ${there} in the source, ${here} here.`;
}

function shapesOf({ weights }: layers.Layer): string {
  return weights.map(({ shape }) => shape.join('×')).join(' and ');
}
