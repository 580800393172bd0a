/**
 * What a training run is asked for, and what it tells.
 * @module
 */
import type { LabelTable } from '../../core/label-table.ts';
import type { DataOptions, DataProgress } from '../data/prepare-data.ts';
import type { Recipe } from '../recipe.ts';
import type { ExampleSource } from '../report/choose-slices.ts';
import type { ConservationSpec, FreezeSpec, TransferSpec } from '../transfer/transfer-spec.ts';
import type { HistoryRecord } from './history.ts';

export interface TrainOptions {
  readonly recipe: Recipe;
  readonly data: DataOptions;
  readonly out: string;
  readonly seed: number;
  /** Name of the tfjs backend that runs, for the record. */
  readonly backend: string;
  /** What the data are, for the model card. */
  readonly dataDescription: string;
  /** A run whose weights are the start; absent: random ones. */
  readonly startFrom?: string;
  /** A safetensors file with weights of a ResNet-34 under torchvision's names, for the encoder of a new network. */
  readonly encoderWeights?: { readonly bytes: Uint8Array; readonly sha256: string };
  /** Layers of another network that a new one begins with. */
  readonly transfer?: TransferSpec;
  /** Layers that stand still in all phases, beside those of the recipe. */
  readonly freeze?: FreezeSpec;
  /** What it costs to leave the outputs of the network that training begins with: of `startFrom`, else of `transfer`. */
  readonly conservation?: ConservationSpec;
  /** Go on where a run of the same options in the same folder was stopped. */
  readonly resume: boolean;
  /** Train only these stages; the run's other stages stay as they are. */
  readonly stages: readonly string[];
  readonly onProgress: (line: TrainProgress) => void;
  /** Called with the best weights so far, while the network holds them. */
  readonly onBest?: (best: StageBest) => Promise<void>;
  /** Called after each validation, when what was reached has been written down. */
  readonly onValidated?: () => Promise<void>;
}

export type TrainProgress =
  | DataProgress
  | ({ readonly kind: 'row'; readonly stage: string; readonly total: number } & HistoryRecord);

/** The best weights so far, for who wants to show what they do; valid while it is awaited. */
export interface StageBest {
  /** Of the stage. */
  readonly folder: string;
  readonly source: ExampleSource;
  /** Index of a slice → label of each pixel. */
  readonly predict: (index: number) => Promise<Uint8Array>;
  /** Those that the stage tells apart. */
  readonly labels: LabelTable;
  readonly step: number;
}
