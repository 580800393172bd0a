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
    const [key = '', text = ''] = setting.split('=', 2);
    const [stageName, ...path] = key.split('.');
    const last = path.pop();
    let target: unknown = copy.stages.find((stage) => stage.name === stageName);
    for (const part of path) target = (target as Record<string, unknown> | undefined)?.[part];
    const value = Number(text);
    const holder = target as Record<string, unknown> | undefined;
    if (last === undefined || typeof holder?.[last] !== 'number' || text === '' || !Number.isFinite(value)) {
      throw new VoxwatchError(
        'USAGE',
        `--set takes <stage>.<path>=<number>, and the path must name a number of the recipe; ${key} does not.`,
      );
    }
    holder[last] = value;
  }
  return copy;
}
