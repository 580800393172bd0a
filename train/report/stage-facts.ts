/**
 * A stage that is about to be trained → what its `history.json` says of it.
 * @module
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { SliceStore } from '../data/slice-store.ts';
import type { Recipe, StageRecipe, TrainingPhase } from '../recipe.ts';
import { type MetricColumn, metricColumns } from '../run/history.ts';
import { goalOf } from '../schedule/course.ts';
import { learningRateAt } from '../schedule/learning-rate.ts';
import { phaseSteps } from '../schedule/phases.ts';
import type { StageFacts } from './history-document.ts';

export interface StageMaterial {
  readonly model: LayersModel;
  readonly train: SliceStore;
  readonly validation: SliceStore;
  readonly options: { readonly recipe: Recipe; readonly seed: number; readonly dataDescription: string };
}

export function stageFacts(stage: StageRecipe, { model, train, validation, options }: StageMaterial): StageFacts {
  const { recipe, seed, dataDescription } = options;
  return {
    recipe: { name: recipe.name, version: recipe.version },
    stage: { name: stage.name, network: stage.network.kind, parameters: model.countParams() },
    seed,
    data: { description: dataDescription, train: sideOf(train), validation: sideOf(validation) },
    // A phase may be set to no step at all.
    phases: stage.phases.map((phase) => phaseFacts(phase, train.facts.length)).filter(({ steps }) => steps > 0),
    metrics: metricColumns(stage).map((column) => ({
      name: column.name,
      title: columnTitle(column, stage, recipe),
      ...(column.metric === stage.validation.watch ? { selects: goalOf(stage.validation) } : {}),
    })),
  };
}

/** What a person reads for a column: `dice of tumour`. */
export function columnTitle(
  { metric, class: number }: MetricColumn,
  { outputLabels }: Pick<StageRecipe, 'outputLabels'>,
  { labels }: Pick<Recipe, 'labels'>,
): string {
  const label = number === undefined ? undefined : outputLabels[number];
  const of = labels.find(({ index }) => index === label)?.name;
  const title = metric === 'loss' ? 'loss of the validation' : metric.replace('-', ' ');
  return of === undefined ? title : `${title} of ${of}`;
}

function phaseFacts(phase: TrainingPhase, slices: number): StageFacts['phases'][number] {
  const steps = phaseSteps(phase, slices);
  const at = (step: number): number => learningRateAt(phase.learningRate, step, steps);
  return { steps, batchSize: phase.batchSize, learningRate: [at(0), at(steps - 1)] };
}

function sideOf({ facts }: SliceStore): { readonly cases: number; readonly slices: number } {
  return { cases: new Set(facts.map((slice) => slice.case)).size, slices: facts.length };
}
