/**
 * A stage that two recipes share is trained once: what one run made of it goes into the other.
 * @module
 */
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { widened } from '../data/seen-domain.ts';
import type { Recipe, StageRecipe } from '../recipe.ts';
import { writeWhole } from '../write-whole.ts';
import { earlierFacts, stageFolder, TRAINED_FILE } from './trained-facts.ts';

/** Of a run's stage: what only its own run needs to go on. */
export const OF_THE_RUN_ALONE = ['checkpoint.bin', 'last'];

/** A run: its recipe, and its folder. */
export interface SharingRun {
  readonly recipe: Recipe;
  readonly folder: string;
}

/**
 * Puts a trained stage into another run, with its steps and the pixels and slices that it has seen.
 * @param name - Of the stage, in both recipes.
 * @param to - A run that has trained its other stages; it is changed. What of this stage is there is replaced.
 * @throws {VoxwatchError} `USAGE` where the recipes do not share the stage: its network, classes, intensities and spacing; or where
 *   one of the runs is not there, or has not trained it.
 */
export async function shareStage(name: string, from: SharingRun, to: SharingRun): Promise<void> {
  const [source, target] = [stageNamed(name, from.recipe), stageNamed(name, to.recipe)];
  if (!source || !target || !isShared(source, target)) {
    throw new VoxwatchError('USAGE', `${from.recipe.name} and ${to.recipe.name} do not share the stage ${name}.`);
  }
  const seen = await earlierFacts(from.folder);
  if (!seen.steps[name]) throw new VoxwatchError('USAGE', `The run of ${from.recipe.name} has not trained the stage ${name}.`);
  const facts = await readFile(join(to.folder, TRAINED_FILE), 'utf8').catch((cause: unknown) => {
    throw new VoxwatchError('USAGE', `The run of ${to.recipe.name} has trained nothing yet.`, {}, cause);
  });
  const folder = join(to.folder, stageFolder(to.recipe, target));
  await rm(folder, { recursive: true, force: true });
  await cp(join(from.folder, stageFolder(from.recipe, source)), folder, { recursive: true });
  for (const part of OF_THE_RUN_ALONE) await rm(join(folder, part), { recursive: true, force: true });
  await writeWhole(join(to.folder, TRAINED_FILE), `${JSON.stringify(withStage(facts, name, seen), null, 2)}\n`);
}

function stageNamed(name: string, { stages }: Recipe): StageRecipe | undefined {
  return stages.find((stage) => stage.name === name);
}

/** Labels of the outputs may differ: each recipe reads its own out of the same classes. */
function isShared(one: StageRecipe, other: StageRecipe): boolean {
  const [a, b] = [one, other].map(({ network, classes, intensity, output, gridPixels, millimetres }) =>
    JSON.stringify([network, classes, intensity, output, gridPixels, millimetres?.spacingMm]),
  );
  return a === b;
}

function withStage(trained: string, name: string, { steps, domain }: Awaited<ReturnType<typeof earlierFacts>>): object {
  const facts = JSON.parse(trained) as { domain?: Parameters<typeof widened>[0]; stages: { name: string; steps: number }[] };
  const both = widened(facts.domain, domain);
  return {
    ...facts,
    ...(both ? { domain: both } : {}),
    stages: facts.stages.map((stage) => (stage.name === name ? { ...stage, steps: steps[name] } : stage)),
  };
}
