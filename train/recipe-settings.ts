/**
 * `--set key=value`: changes single values of a recipe, e.g. `tumour.phases.0.steps=200`.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import type { Recipe } from './recipe.ts';

/** Numbers that count something, by the last word of their path, and the least of each. */
const COUNTS: ReadonlyMap<string, number> = new Map([
  ['steps', 0],
  ['epochs', 0],
  ['batchSize', 1],
  ['gridPixels', 1],
  ['windowPixels', 1],
  ['canvasPixels', 1],
  ['filters', 1],
  ['every', 1],
  ['slices', 1],
]);

/**
 * @param settings - `<stage>.<path>=<number>`; the path must name a number that is there.
 * @throws {VoxwatchError} `USAGE` for anything else, naming the key.
 */
export function applySettings(recipe: Recipe, settings: readonly string[]): Recipe {
  const copy = structuredClone(recipe);
  for (const setting of settings) {
    const [key = '', text, ...rest] = setting.split('=');
    const { holder, last } = numberAt(copy, key);
    const value = Number(text);
    if (text === undefined || rest.length > 0 || text.trim() === '' || !Number.isFinite(value)) {
      throw new VoxwatchError('USAGE', `--set takes <stage>.<path>=<number>, and what ${key} is given is not a number.`);
    }
    const least = COUNTS.get(key.split('.').findLast((part) => !/^\d+$/.test(part)) as string);
    if (least !== undefined && (value < least || !Number.isInteger(value))) {
      throw new VoxwatchError('USAGE', `--set takes a whole number from ${least} on for ${key}.`);
    }
    holder[last] = value;
  }
  return copy;
}

/** @throws {VoxwatchError} `USAGE` where the path names no number, saying what is there. */
function numberAt(recipe: Recipe, key: string): { readonly holder: Record<string, number>; readonly last: string } {
  const stages = Object.fromEntries(recipe.stages.map((stage) => [stage.name, stage]));
  const path = key.split('.');
  let holder: object = stages;
  for (const [n, part] of path.entries()) {
    const value = ownValue(holder, part);
    if (n > 0 && n === path.length - 1 && typeof value === 'number') {
      return { holder: holder as Record<string, number>, last: part };
    }
    if (typeof value !== 'object' || value === null) {
      throw noNumber(key, n === 0 ? `recipe ${recipe.name}` : path.slice(0, n).join('.'), holder);
    }
    holder = value;
  }
  throw noNumber(key, key, holder);
}

function noNumber(key: string, place: string, holder: object): VoxwatchError {
  return new VoxwatchError(
    'USAGE',
    `--set takes <stage>.<path>=<number>, and the path must name a number of the recipe; ${key} does not: ${place} has ${Object.keys(holder).join(', ')}.`,
  );
}

/**
 * `--loss NAME`: the recipe with another of the losses that its report compares, in all phases.
 * @throws {VoxwatchError} `USAGE` for a name that it has not.
 */
export function chooseLoss(recipe: Recipe, name: string | undefined): Recipe {
  if (name === undefined) return recipe;
  const loss = recipe.losses && Object.hasOwn(recipe.losses, name) ? recipe.losses[name] : undefined;
  if (!loss) {
    const names = Object.keys(recipe.losses ?? {});
    const there = names.length === 0 ? 'its report compares none' : `there are ${names.join(', ')}`;
    throw new VoxwatchError('USAGE', `Recipe ${recipe.name} has no loss of that name to choose: ${there}.`);
  }
  const stages = recipe.stages.map((stage) => ({ ...stage, phases: stage.phases.map((phase) => ({ ...phase, loss })) }));
  return { ...recipe, stages };
}

/** What the recipe itself holds under a key: not an array's length, nor anything inherited. */
function ownValue(holder: unknown, key: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.keys(holder).includes(key)) return undefined;
  return (holder as Record<string, unknown>)[key];
}
