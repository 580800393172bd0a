/**
 * What a recipe says: a declarative preset over shared parts.
 * @module
 */
import type { LabelTable } from '../core/label-table.ts';
import type { Figure, ModelManifest, StageRegion } from '../core/model-manifest.ts';
import type { Layout } from '../formats/data-sets/data-set.ts';
import type { Augmentation } from './augmentation/augmentation.ts';
import type { SplitName } from './data/split.ts';
import type { LossSpec } from './losses/loss-spec.ts';

/** A stretch of training. */
export interface TrainingPhase {
  readonly steps: number;
  readonly batchSize: number;
  /** Part of the stage's grid that a sample shows; smaller than the grid = a window at a random place. */
  readonly windowPixels: readonly [width: number, height: number];
  readonly loss: LossSpec;
  /** Share of a batch drawn from slices whose highest truth label is 0, 1, …. */
  readonly sliceShares: readonly number[];
  /** From the first to the last step, along half a cosine. */
  readonly learningRate: readonly [first: number, last: number];
}

/** One network of the cascade. */
export interface StageRecipe {
  readonly name: string;
  readonly network: 'enet';
  /** Share of channels dropped in training: section 1 of the network, and the sections after it. */
  readonly dropout: { readonly first: number; readonly rest: number };
  /** Truth label → class of this stage. */
  readonly classes: readonly number[];
  /** Class → label of the bundle. */
  readonly outputLabels: readonly number[];
  readonly gridPixels: readonly [width: number, height: number];
  readonly region: StageRegion;
  readonly clampHu: readonly [number, number];
  readonly standardDeviationFloorHu: number;
  readonly augmentation: Augmentation;
  /** How far the crop's centre strays from the truth's centroid in training, standard deviation in pixels. */
  readonly cropJitterPixels: number;
  /** Share of the averaged weights that stays at each step, in [0, 1); 0 = the last weights are taken as they are. */
  readonly weightAverageDecay: number;
  readonly phases: readonly TrainingPhase[];
}

export interface Recipe {
  readonly name: string;
  readonly version: string;
  /** What its data folders usually are: looked for first; any other layout is recognized too. */
  readonly layout: Layout;
  /** What it splits by where the user does not say; `patients` where it is absent. */
  readonly split?: SplitName;
  readonly labels: LabelTable;
  readonly organLabel: number;
  readonly lesionLabel: number;
  readonly bodyParts: readonly string[];
  readonly postprocessing: ModelManifest['postprocessing'];
  readonly stages: readonly StageRecipe[];
  readonly reportedFigures: readonly Figure[];
  readonly intendedUse: string;
  readonly limits: readonly string[];
}
