/**
 * What a recipe says about the validations of a stage: when, on how much, what is reported, and what follows from it.
 * @module
 */
import type { EarlyStoppingSpec } from '../schedule/early-stopping.ts';
import type { PlateauSpec } from '../schedule/reduce-on-plateau.ts';

/** Metrics of a history by their names; those of a class have a column for each class but the background. */
export const VALIDATION_METRICS = ['dice', 'iou', 'precision', 'recall', 'f1', 'accuracy', 'foreground-accuracy'] as const;

export type ValidationMetric = (typeof VALIDATION_METRICS)[number];

export interface ValidationRecipe {
  /** Steps from one to the next; `epoch` = after each epoch. The last step is always validated. */
  readonly every: number | 'epoch';
  /** At most so many slices, spread evenly over the cases and over what slices show. */
  readonly slices: number;
  /** Beside the loss, which every history has. Pooled over the slices. */
  readonly metrics: readonly ValidationMetric[];
  /** What the best weights, the plateau and early stopping go by: the loss, or the mean Dice of the classes. */
  readonly watch: 'loss' | 'dice';
  readonly plateau?: Omit<PlateauSpec, 'goal'>;
  readonly earlyStopping?: Omit<EarlyStoppingSpec, 'goal'>;
}
