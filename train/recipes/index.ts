/**
 * The recipes by name.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { Recipe } from '../recipe.ts';
import { ABDOMEN_CASCADE, ABDOMEN_CASCADE_KIDNEY } from './abdomen-cascade.ts';
import { BRAIN_UNET_RECIPE } from './brain-unet.ts';
import { KIDNEY_ENET_CASCADE } from './kidney-enet-cascade.ts';
import { KIDNEY_UNET_RECIPE } from './kidney-unet.ts';
import { LIVER_RESNET34_UNET } from './liver-resnet34-unet.ts';
import { LIVER_UNET_RECIPE } from './liver-unet.ts';

/** The published systems in the order of the reports, then our own. */
export const RECIPES: readonly Recipe[] = [
  KIDNEY_UNET_RECIPE,
  LIVER_UNET_RECIPE,
  BRAIN_UNET_RECIPE,
  KIDNEY_ENET_CASCADE,
  LIVER_RESNET34_UNET,
  ABDOMEN_CASCADE,
  ABDOMEN_CASCADE_KIDNEY,
];

/** @throws {VoxwatchError} `USAGE` for a name that is not there, listing those that are. */
export function findRecipe(name: string): Recipe {
  const recipe = RECIPES.find((candidate) => candidate.name === name);
  if (!recipe)
    throw new VoxwatchError('USAGE', `There is no recipe of that name; there are: ${RECIPES.map((r) => r.name).join(', ')}.`);
  return recipe;
}
