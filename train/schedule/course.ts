/**
 * What the validations of a stage have decided so far: which weights are the best, how far the learning rate was lowered,
 * whether to stop. Plain data, kept in the checkpoint, so that a run that goes on decides as it would have.
 * @module
 */

import type { ValidationRecipe } from '../validation/validation-recipe.ts';
import { type BestSoFar, isBest, NOTHING_SEEN, observe, type Watch } from './best-so-far.ts';
import { shouldStop } from './early-stopping.ts';
import { NO_PLATEAU, observePlateau, type PlateauState, reducedRate } from './reduce-on-plateau.ts';

export interface Course {
  readonly best: BestSoFar;
  readonly plateau: PlateauState;
  readonly stopping: BestSoFar;
}

export const COURSE_START: Course = { best: NOTHING_SEEN, plateau: NO_PLATEAU, stopping: NOTHING_SEEN };

/** Takes in the watched figure of a validation. */
export function observeCourse(recipe: ValidationRecipe, course: Course, value: number): Course {
  const { plateau, earlyStopping } = recipe;
  const goal = goalOf(recipe);
  return {
    best: observe({ goal, minDelta: 0 }, course.best, value),
    plateau: plateau ? observePlateau({ ...plateau, goal }, course.plateau, value) : course.plateau,
    stopping: earlyStopping ? observe({ ...earlyStopping, goal }, course.stopping, value) : course.stopping,
  };
}

/** Whether the last validation was the best so far. */
export function hasNewBest({ best }: Course): boolean {
  return isBest(best);
}

export function isToStop(recipe: ValidationRecipe, { stopping }: Course): boolean {
  return recipe.earlyStopping !== undefined && shouldStop({ ...recipe.earlyStopping, goal: goalOf(recipe) }, stopping);
}

/** @param rate - What the schedule alone would give. */
export function courseRate(recipe: ValidationRecipe, { plateau }: Course, rate: number): number {
  return recipe.plateau ? reducedRate({ ...recipe.plateau, goal: goalOf(recipe) }, plateau, rate) : rate;
}

export function goalOf({ watch }: ValidationRecipe): Watch['goal'] {
  return watch === 'loss' ? 'lowest' : 'highest';
}
