/**
 * `--set key=value`: changes single values of a recipe, e.g. `tumour.phases.0.steps=200`.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import type { Recipe } from './recipe.ts';

/**
 * @param settings - `<stage>.<path>=<number>`; the path must name a number that is there.
 * @throws {VoxwatchError} `USAGE` for anything else, naming the key.
 */
export function applySettings(recipe: Recipe, settings: readonly string[]): Recipe {
  const copy = structuredClone(recipe);
  for (const setting of settings) {
    const [key = '', text = '', ...rest] = setting.split('=');
    const [stageName, ...path] = key.split('.');
    const last = path.pop();
    let target: unknown = copy.stages.find((stage) => stage.name === stageName);
    for (const part of path) target = ownValue(target, part);
    const value = Number(text);
    const isNumber = last !== undefined && typeof ownValue(target, last) === 'number';
    if (!isNumber || rest.length > 0 || text.trim() === '' || !Number.isFinite(value)) {
      throw new VoxwatchError(
        'USAGE',
        `--set takes <stage>.<path>=<number>, and the path must name a number of the recipe; ${key} does not.`,
      );
    }
    (target as Record<string, number>)[last] = value;
  }
  return copy;
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
