/**
 * What a recipe says: a declarative preset over shared parts.
 * @module
 */
import type { LabelTable } from '../core/label-table.ts';
import type { MillimetreGrid, MillimetreRegion } from '../core/millimetre-stage.ts';
import type { Figure, ModelManifest, StageRegion } from '../core/model-manifest.ts';
import type { Layout } from '../formats/data-sets/data-set.ts';
import type { Augmentation } from './augmentation/augmentation.ts';
import type { DataSelection } from './data/plan-data.ts';
import type { SliceGrid } from './data/slice-grid.ts';
import type { SplitName } from './data/split.ts';
import type { IntensityRecipe } from './intensity-recipe.ts';
import type { LossSpec } from './losses/loss-spec.ts';
import type { NetworkSpec } from './networks/network-spec.ts';
import type { OptimizerSpec } from './optimizer/optimizer-spec.ts';
import type { LearningRateSpec } from './schedule/learning-rate.ts';
import type { FreezeSpec } from './transfer/transfer-spec.ts';
import type { ValidationRecipe } from './validation/validation-recipe.ts';

/** A stretch of training. */
export type TrainingPhase = SampledPhase | EpochPhase;

interface Phase {
  readonly batchSize: number;
  /** Part of the stage's grid that a sample shows, at a random place; absent = the whole grid. */
  readonly windowPixels?: readonly [width: number, height: number];
  readonly loss: LossSpec;
  readonly learningRate: LearningRateSpec;
  /** Layers whose weights stand still; absent = none. */
  readonly freeze?: FreezeSpec;
}

/** Slices are drawn by what they show: first the group, then a case of it, then a slice. */
export interface SampledPhase extends Phase {
  readonly kind: 'sampled';
  readonly steps: number;
  /** Share of a batch drawn from slices whose highest truth label is 0, 1, …. */
  readonly sliceShares: readonly number[];
}

/** Each slice once an epoch, in an order drawn for the epoch; its last batch may be smaller. */
export interface EpochPhase extends Phase {
  readonly kind: 'epochs';
  readonly epochs: number;
}

/** One network of the cascade. */
export interface StageRecipe {
  readonly name: string;
  readonly network: NetworkSpec;
  /** `sigmoid`: one output, for class 1 against the background; `softmax`: an output a class. */
  readonly output: 'softmax' | 'sigmoid';
  /** Truth label → class of this stage. */
  readonly classes: readonly number[];
  /** Class → label of the bundle. */
  readonly outputLabels: readonly number[];
  readonly gridPixels: readonly [width: number, height: number];
  readonly region: StageRegion;
  readonly intensity: IntensityRecipe;
  readonly augmentation: Augmentation;
  /** How far the crop's centre strays from the truth's centroid in training, standard deviation in pixels. */
  readonly cropJitterPixels: number;
  /** Truth labels that crops stand round in training; absent = all. */
  readonly focusLabels?: readonly number[];
  /** Of a stage that works in millimetres; absent: it works in pixels. */
  readonly millimetres?: MillimetreRecipe;
  readonly optimizer: OptimizerSpec;
  /** Share of the averaged weights that stays at each step, in [0, 1); 0 = the last weights are taken as they are. */
  readonly weightAverageDecay: number;
  readonly phases: readonly TrainingPhase[];
  readonly validation: ValidationRecipe;
}

/** What the bundle of such a stage says, and how its training slices are kept. */
export interface MillimetreRecipe extends MillimetreGrid {
  /** What the runtime shows it. */
  readonly scope: MillimetreRegion;
  /** Slices are brought to `spacingMm` and laid into the middle of a canvas of this size. */
  readonly canvasPixels: readonly [width: number, height: number];
}

export interface Recipe {
  readonly name: string;
  readonly version: string;
  /** What its data folders usually are: looked for first; any other layout is recognized too. */
  readonly layout: Layout;
  /** What it splits by where the user does not say; `patients` where it is absent. */
  readonly split?: SplitName;
  /** What of the data it takes where the user does not say; all where it is absent. */
  readonly selection?: DataSelection;
  /** What the numbers of its masks mean, from 1 on. */
  readonly truthLabels: LabelTable;
  /** What its bundle marks. */
  readonly labels: LabelTable;
  /** Absent where no label is an organ as such. */
  readonly organLabel?: number;
  /** Absent where no label is a lesion alone. */
  readonly lesionLabel?: number;
  /** Of the manifest. */
  readonly enhancedOrganHu?: number;
  readonly bodyParts: readonly string[];
  readonly postprocessing: ModelManifest['postprocessing'];
  readonly stages: readonly StageRecipe[];
  /** Losses that its report compares, by the names that `--loss` takes; each replaces that of all phases. */
  readonly losses?: Readonly<Record<string, LossSpec>>;
  readonly reportedFigures: readonly Figure[];
  readonly intendedUse: string;
  readonly limits: readonly string[];
}

/** What the training slices of a stage are kept on. */
export function sliceGrid({ millimetres, gridPixels }: StageRecipe): SliceGrid {
  if (!millimetres) return { kind: 'pixels', sizePixels: gridPixels };
  const { spacingMm, canvasPixels, inputSmoothingMm } = millimetres;
  return {
    kind: 'millimetres',
    spacingMm,
    sizePixels: canvasPixels,
    ...(inputSmoothingMm === undefined ? {} : { inputSmoothingMm }),
  };
}

/** Classes that a stage tells apart, the background among them. */
export function classCount({ classes }: Pick<StageRecipe, 'classes'>): number {
  return Math.max(...classes) + 1;
}

/** Outputs of its network for each pixel: logits. */
export function outputCount(stage: Pick<StageRecipe, 'classes' | 'output'>): number {
  return stage.output === 'sigmoid' ? 1 : classCount(stage);
}
