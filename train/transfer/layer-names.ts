/**
 * A network → its layers that have weights, by names that are the same in each network of the same make.
 *
 * tfjs numbers the layers that nobody named over all networks of a process (`conv2d_Conv2D93`). Here they are numbered
 * within their own network: `Conv2D1`, `Conv2D2`, … in the order of its layers. Names that were given stay.
 * @module
 */
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../../core/errors.ts';

/** Names that an error lists before it only counts. */
const MAX_LISTED = 12;

/** In the order of the network. */
export function namedLayers(network: LayersModel): ReadonlyMap<string, layers.Layer> {
  const counts = new Map<string, number>();
  const named = new Map<string, layers.Layer>();
  for (const layer of network.layers) {
    if (layer.weights.length === 0) continue;
    const make = layer.getClassName();
    const isNumbered = new RegExp(`_${make}\\d+$`).test(layer.name);
    const count = (counts.get(make) ?? 0) + (isNumbered ? 1 : 0);
    counts.set(make, count);
    named.set(isNumbered ? `${make}${count}` : layer.name, layer);
  }
  return named;
}

/** Whether a whole name is what the pattern says; `*` stands for any characters, none too. */
export function matchesPattern(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}

/**
 * The names that any of the patterns matches, in their own order.
 * @throws {VoxwatchError} `USAGE` for a pattern that matches none, with names that there are.
 */
export function selectNames(names: Iterable<string>, patterns: readonly string[]): string[] {
  const all = [...names];
  for (const pattern of patterns) {
    if (all.some((name) => matchesPattern(name, pattern))) continue;
    throw new VoxwatchError('USAGE', `No layer with weights is called “${pattern}”; there are ${listed(all)}.`);
  }
  return all.filter((name) => patterns.some((pattern) => matchesPattern(name, pattern)));
}

function listed(names: readonly string[]): string {
  const rest = names.length - MAX_LISTED;
  return `${names.slice(0, MAX_LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
