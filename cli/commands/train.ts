/**
 * `voxwatch train RECIPE --data DIR --out DIR`: trains the stages of a recipe.
 * @module
 */
import { Argument, type Command, Option } from 'commander';
import { type BackendChoice, startBackend } from '../../train/backend.ts';
import { applySettings } from '../../train/recipe-settings.ts';
import { findRecipe, RECIPES } from '../../train/recipes/index.ts';
import { type TrainProgress, trainRecipe } from '../../train/train-recipe.ts';
import { collect, wholeNumber } from '../option-values.ts';

interface Options {
  readonly data: readonly string[];
  readonly out: string;
  readonly seed: number;
  readonly backend: BackendChoice;
  readonly stage?: readonly string[];
  readonly set?: readonly string[];
  readonly startFrom?: string;
  readonly resume?: boolean;
  readonly describe: string;
}

export function define(command: Command): void {
  command
    .addArgument(new Argument('<recipe>', 'name of the recipe').choices(RECIPES.map((recipe) => recipe.name)))
    .requiredOption('--data <dir>', 'folder in the layout of the recipe (repeatable)', collect)
    .requiredOption('--out <dir>', 'folder of the training run')
    .option('--seed <n>', 'seed of the split, the batches and the augmentation', wholeNumber(0), 1)
    .addOption(
      new Option('--backend <name>', 'what TensorFlow.js computes on')
        .choices(['auto', 'tensorflow', 'wasm', 'cpu'])
        .default('auto'),
    )
    .option('--stage <name>', 'train this stage only (repeatable)', collect)
    .option('--set <key=value>', 'change the recipe, e.g. tumour.phases.0.steps=200 (repeatable)', collect)
    .option('--start-from <dir>', 'training run whose weights are the start')
    .option('--resume', 'go on where a run of the same options in --out was stopped')
    .option('--describe <text>', 'what the data are, for the model card', 'a data folder in the KiTS layout')
    .action(train);
}

async function train(name: string, options: Options): Promise<void> {
  const recipe = applySettings(findRecipe(name), options.set ?? []);
  const backend = await startBackend(options.backend);
  process.stderr.write(`backend: ${backend.name}${backend.note ? ` (${backend.note})` : ''}\n`);
  await trainRecipe({
    recipe,
    dataFolders: options.data,
    out: options.out,
    seed: options.seed,
    backend: backend.name,
    dataDescription: options.describe,
    stages: options.stage ?? [],
    resume: options.resume === true,
    ...(options.startFrom === undefined ? {} : { startFrom: options.startFrom }),
    onProgress: (line) => process.stderr.write(`${progressLine(line)}\n`),
  });
}

function progressLine(line: TrainProgress): string {
  if (line.kind === 'reading') return `reading cases ${line.done}/${line.total}`;
  if (line.kind === 'left-out') return `left out: ${line.reason}`;
  const left = Math.round(((line.total - line.step) * line.secondsPerStep) / 60);
  const dice = line.validationDice ? `  validation Dice ${line.validationDice.map((value) => value.toFixed(3)).join(' ')}` : '';
  return `${line.stage}  step ${line.step}/${line.total}  loss ${line.loss.toFixed(4)}  ${line.secondsPerStep.toFixed(2)} s/step  ${left} min left${dice}`;
}
