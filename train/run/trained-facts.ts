/**
 * `trained.json` of a run: the facts that export puts into a manifest.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelDomain } from '../../core/model-domain.ts';
import { INTENSITY_FILES } from '../../preprocess/intensity/intensity-files.ts';
import type { MillimetreRecipe, Recipe, StageRecipe } from '../recipe.ts';

/** What was run. */
export interface RunFacts {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly backend: string;
  readonly dataDescription: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Version of tfjs-layers. */
  readonly layersVersion: string;
  /** Steps of each stage by its name; early stopping makes them fewer than the recipe's. */
  readonly steps: Readonly<Record<string, number>>;
  /** What the training cases of all its stages span; absent for slices that lie nowhere in space. */
  readonly domain?: ModelDomain | undefined;
}

export const TRAINED_FILE = 'trained.json';

/** Folder of a stage in a run: `stage-1` for the first. */
export function stageFolder(recipe: Recipe, stage: StageRecipe): string {
  return `stage-${recipe.stages.indexOf(stage) + 1}`;
}

/** What an earlier run in the folder leaves to a later one: steps by the names of the stages, and what it has seen. */
export type EarlierFacts = Pick<RunFacts, 'steps' | 'domain'>;

/** No steps where there was no run. */
export async function earlierFacts(out: string): Promise<EarlierFacts> {
  try {
    const { stages, domain } = JSON.parse(await readFile(join(out, TRAINED_FILE), 'utf8')) as {
      stages: { name: string; steps: number }[];
      domain?: ModelDomain;
    };
    return { steps: Object.fromEntries(stages.map(({ name, steps }) => [name, steps])), domain };
  } catch {
    return { steps: {} };
  }
}

export function trainedFacts({ recipe, steps, domain, ...run }: RunFacts): object {
  const { name, version, labels, organLabel, lesionLabel, enhancedOrganHu, bodyParts, postprocessing } = recipe;
  const { reportedFigures, intendedUse, limits } = recipe;
  return {
    recipe: name,
    version,
    startedAt: run.startedAt,
    seed: run.seed,
    backend: run.backend,
    data: run.dataDescription,
    software: { '@tensorflow/tfjs-layers': run.layersVersion, node: process.versions.node },
    figures: [],
    labels,
    ...(organLabel === undefined ? {} : { organLabel }),
    ...(lesionLabel === undefined ? {} : { lesionLabel }),
    ...(enhancedOrganHu === undefined ? {} : { enhancedOrganHu }),
    bodyParts,
    ...(domain ? { domain } : {}),
    postprocessing,
    reportedFigures,
    intendedUse,
    limits,
    stages: recipe.stages.map((stage) => ({
      name: stage.name,
      model: `${stageFolder(recipe, stage)}/model.json`,
      intensity: `${stageFolder(recipe, stage)}/${INTENSITY_FILES.facts}`,
      gridPixels: stage.gridPixels,
      region: stage.region,
      outputLabels: stage.outputLabels,
      ...(stage.millimetres ? { millimetres: bundleGrid(stage.millimetres) } : {}),
      steps: steps[stage.name] ?? 0,
    })),
  };
}

/** What the bundle is told of a stage in millimetres. */
function bundleGrid({ scope, canvasPixels: _, ...grid }: MillimetreRecipe): object {
  return { ...grid, region: scope };
}
