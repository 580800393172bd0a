/**
 * `voxwatch train RECIPE --data DIR --out DIR`: trains the stages of a recipe; with `--inspect`, only looks at the data.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { LAYOUTS, type Layout } from '../../formats/data-sets/data-set.ts';
import { BACKENDS, type BackendChoice, startBackend } from '../../train/backends/backend.ts';
import type { SplitChoice } from '../../train/data/plan-data.ts';
import type { DataOptions, DataProgress } from '../../train/data/prepare-data.ts';
import { SPLITS, type SplitName } from '../../train/data/split.ts';
import type { Recipe, StageRecipe } from '../../train/recipe.ts';
import { applySettings, chooseLoss } from '../../train/recipe-settings.ts';
import { findRecipe, RECIPES } from '../../train/recipes/index.ts';
import { columnTitle } from '../../train/report/stage-facts.ts';
import { metricColumns } from '../../train/run/history.ts';
import type { TrainOptions, TrainProgress } from '../../train/run/train-options.ts';
import { trainRecipe } from '../../train/run/train-recipe.ts';
import { showAugmentation } from '../augmentation/show-augmentation.ts';
import { renaming } from '../evaluate/run-labels.ts';
import { collect, positiveNumber, wholeNumber } from '../option-values.ts';
import { findLearningRates } from '../train/find-learning-rate.ts';
import { INSPECTION_PAGE, inspectDataFolder } from '../train/inspect-data-folder.ts';
import { writePictures } from '../train/stage-pictures.ts';
import { showTraining, type TrainingRow, type TrainingView } from '../train/training-progress.ts';
import { PAGE_FILE, writeRunPage } from '../train/write-run-page.ts';

interface Options {
  readonly data: readonly string[];
  readonly out: string;
  readonly inspect?: boolean;
  readonly layout?: Layout;
  readonly split?: string;
  readonly truthLabel: readonly string[];
  readonly everyCase?: number;
  readonly everySlice?: number;
  readonly cache?: string;
  readonly seed: number;
  readonly backend: BackendChoice;
  readonly stage?: readonly string[];
  readonly set?: readonly string[];
  readonly loss?: string;
  readonly startFrom?: string;
  readonly encoderWeights?: string;
  readonly transferFrom?: string;
  readonly transferStage?: string;
  readonly copy: readonly string[];
  readonly freeze: readonly string[];
  readonly freezeNormalization?: boolean;
  readonly conserve?: number;
  readonly temperature?: number;
  readonly resume?: boolean;
  readonly showAugmentation?: boolean;
  readonly findLearningRate?: boolean;
  readonly describe: string;
}

export function define(command: Command): void {
  command
    .addArgument(new Argument('<recipe>', 'name of the recipe').choices(RECIPES.map((recipe) => recipe.name)))
    .requiredOption(
      '--data <dir>',
      'labelled cases: KiTS, LiTS, Decathlon, NumPy slices, or images/ and labels/ (repeatable)',
      collect,
    )
    .requiredOption('--out <dir>', 'folder of the training run')
    .option('--inspect', 'do not train: write a first look at the data, inspection.html and inspection.json')
    .option('--find-learning-rate', 'do not train: sweep the learning rate over a short run, learning-rate.json')
    .option('--show-augmentation', 'do not train: write a page of what the augmentation makes of the data')
    .addOption(new Option('--layout <name>', 'layout of the data folders, where it is not to be recognized').choices(LAYOUTS))
    .option('--split <name|file>', `how cases are split: ${Object.keys(SPLITS).join(', ')}; or the split.json of a run`)
    .option('--truth-label <number=name>', 'a label of the masks; repeat. Given at all, others are background', collect, [])
    .option('--every-case <n>', 'take every n-th case only', wholeNumber(1))
    .option('--every-slice <n>', 'take every n-th slice of a case only', wholeNumber(1))
    .option('--cache <dir>', 'keep the slices that were read, for later runs on the same files')
    .option('--seed <n>', 'seed of the split, the batches and the augmentation', wholeNumber(0), 1)
    .addOption(new Option('--backend <name>', 'what TensorFlow.js computes on').choices(['auto', ...BACKENDS]).default('auto'))
    .option('--stage <name>', 'train this stage only (repeatable)', collect)
    .option('--set <key=value>', 'change the recipe, e.g. tumour.phases.0.steps=200 (repeatable)', collect)
    .option('--loss <name>', 'one of the losses that the report of the recipe compares')
    .option('--start-from <dir>', 'training run whose weights are the start')
    .option(
      '--encoder-weights <file>',
      'safetensors file of a ResNet-34 with torchvision’s names, for the encoder of a new network',
    )
    .option('--transfer-from <dir>', 'run or bundle from which a new network takes layers: layer transfer')
    .option('--transfer-stage <name>', 'its stage; the recipe’s own name for the stage where it is left out')
    .option(
      '--copy <layers>',
      'names of the layers to take, * for any characters (repeatable; all where it is left out)',
      collect,
      [],
    )
    .option('--freeze <layers>', 'layers that keep their weights, * for any characters (repeatable)', collect, [])
    .option('--freeze-normalization', 'batch norms among them keep their statistics, too')
    .option('--conserve <weight>', 'weight of the penalty on leaving the outputs of the first network', positiveNumber)
    .option('--temperature <number>', 'of that penalty', positiveNumber)
    .option('--resume', 'go on where a run of the same options in --out was stopped')
    .option('--describe <text>', 'what the data are, for the model card', 'a folder of labelled cases')
    .action(train);
}

async function train(name: string, options: Options): Promise<void> {
  const recipe = applySettings(chooseLoss(findRecipe(name), options.loss), options.set ?? []);
  const view = showTraining(process.stderr);
  let said: string;
  try {
    if (options.inspect) said = await inspected(recipe, options, view);
    else if (options.showAugmentation) said = await augmentationShown(recipe, options, view);
    else said = await trained(recipe, options, view);
  } finally {
    view.end();
  }
  process.stdout.write(said);
}

async function inspected(recipe: Recipe, options: Options, view: TrainingView): Promise<string> {
  await inspectDataFolder(recipe, dataOptions(options, recipe), options.out, (line) => showData(view, line));
  return `${join(options.out, INSPECTION_PAGE)}\n`;
}

async function augmentationShown(recipe: Recipe, { data, out, seed }: Options, view: TrainingView): Promise<string> {
  const onLeftOut = (reason: string): void => view.say(`left out: ${reason}`);
  return `${await showAugmentation({ recipe, dataFolders: data, out, seed, onLeftOut })}\n`;
}

/** Trains, or looks for a learning rate. */
async function trained(recipe: Recipe, options: Options, view: TrainingView): Promise<string> {
  const data = dataOptions(options, recipe);
  const encoderWeights = options.encoderWeights === undefined ? undefined : await readEncoderWeights(options.encoderWeights);
  const backend = await startBackend(options.backend);
  const about = backend.note ?? backend.device;
  view.say(`backend: ${backend.name}${about ? ` (${about})` : ''}`);
  const { out, seed } = options;
  const run: TrainOptions = {
    recipe,
    data,
    out,
    seed,
    backend: backend.name,
    dataDescription: options.describe,
    stages: options.stage ?? [],
    resume: options.resume === true,
    ...(options.startFrom === undefined ? {} : { startFrom: options.startFrom }),
    ...(encoderWeights ? { encoderWeights } : {}),
    ...transferOptions(options, recipe),
    onProgress: (line) => (line.kind === 'row' ? view.row(trainingRow(line, recipe)) : showData(view, line)),
    onBest: (best) => writePictures({ ...best, seed }),
    onValidated: () => writeRunPage(out),
  };
  if (options.findLearningRate) return findLearningRates(run);
  await trainRecipe(run);
  return `${join(out, PAGE_FILE)}\n`;
}

/** @throws {VoxwatchError} `USAGE` for options that need another which is not there. */
function transferOptions(options: Options, { stages }: Recipe): Pick<TrainOptions, 'transfer' | 'freeze' | 'conservation'> {
  const { transferFrom, copy, freeze, conserve, temperature } = options;
  const stage = options.transferStage ?? options.stage?.[0] ?? (stages.length === 1 ? stages[0]?.name : undefined);
  if (transferFrom === undefined && (copy.length > 0 || options.transferStage !== undefined)) {
    throw new VoxwatchError('USAGE', '--copy and --transfer-stage say what to take from the run or bundle of --transfer-from.');
  }
  if (transferFrom !== undefined && options.startFrom !== undefined) {
    throw new VoxwatchError('USAGE', '--transfer-from takes layers for a new network; --start-from goes on with a whole one.');
  }
  if (transferFrom !== undefined && stage === undefined) {
    throw new VoxwatchError('USAGE', 'A recipe of several stages needs --stage with --transfer-from.');
  }
  if (conserve !== undefined && transferFrom === undefined && options.startFrom === undefined) {
    throw new VoxwatchError('USAGE', '--conserve needs a network to begin with: --start-from or --transfer-from.');
  }
  if (temperature !== undefined && conserve === undefined) {
    throw new VoxwatchError('USAGE', '--temperature belongs to the penalty of --conserve.');
  }
  if (options.freezeNormalization && freeze.length === 0) {
    throw new VoxwatchError('USAGE', '--freeze-normalization says how --freeze works: name layers with it.');
  }
  const batchNormalization = options.freezeNormalization ? 'fixed' : 'learns';
  return {
    ...(transferFrom === undefined
      ? {}
      : { transfer: { source: transferFrom, stage: stage as string, copy: copy.length === 0 ? ['*'] : copy } }),
    ...(freeze.length === 0 ? {} : { freeze: { layers: freeze, batchNormalization } }),
    ...(conserve === undefined
      ? {}
      : { conservation: { weight: conserve, ...(temperature === undefined ? {} : { temperature }) } }),
  };
}

/** With the latest validation by the names that a person reads: `dice of tumour` for `validation_dice_1`. */
function trainingRow({ metrics, ...row }: Extract<TrainProgress, { kind: 'row' }>, recipe: Recipe): TrainingRow {
  const stage = recipe.stages.find(({ name }) => name === row.stage) as StageRecipe;
  const validation = metricColumns(stage).flatMap((column) => {
    const value = metrics[column.name];
    return value === undefined ? [] : [{ title: columnTitle(column, stage, recipe), value }];
  });
  return { ...row, ...(validation.length > 0 ? { validation } : {}) };
}

/** @throws {VoxwatchError} `INPUT_NOT_FOUND`. */
async function readEncoderWeights(file: string): Promise<NonNullable<TrainOptions['encoderWeights']>> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'The file of --encoder-weights is not there, or may not be read.', {}, cause);
  });
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function dataOptions(options: Options, recipe: Recipe): DataOptions {
  const renamed = renaming(options.truthLabel, { labels: recipe.truthLabels });
  return {
    folders: options.data,
    ...(options.layout ? { layout: options.layout } : {}),
    ...(options.split === undefined ? {} : { split: splitChoice(options.split) }),
    ...(renamed ? { renamed } : {}),
    selection: {
      ...(options.everyCase === undefined ? {} : { everyNthCase: options.everyCase }),
      ...(options.everySlice === undefined ? {} : { everyNthSlice: options.everySlice }),
    },
    ...(options.cache === undefined ? {} : { cacheFolder: options.cache }),
  };
}

function splitChoice(text: string): SplitChoice {
  return Object.hasOwn(SPLITS, text) ? { kind: 'name', name: text as SplitName } : { kind: 'file', file: text };
}

function showData(view: TrainingView, line: DataProgress): void {
  if (line.kind === 'reading') view.reading(line.done, line.total);
  else view.say(line.kind === 'left-out' ? `left out: ${line.reason} [${line.code}]` : `note: ${line.text}`);
}
