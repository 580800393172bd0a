/**
 * The recipes by name.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { Recipe } from '../recipe.ts';
import { KIDNEY_ENET_CASCADE } from './kidney-enet-cascade.ts';

export const RECIPES: readonly Recipe[] = [KIDNEY_ENET_CASCADE];

/** @throws {VoxwatchError} `USAGE` for a name that is not there, listing those that are. */
export function findRecipe(name: string): Recipe {
  const recipe = RECIPES.find((candidate) => candidate.name === name);
  if (!recipe)
    throw new VoxwatchError('USAGE', `There is no recipe of that name; there are: ${RECIPES.map((r) => r.name).join(', ')}.`);
  return recipe;
}
