/**
 * How the published recipes are trained for the table of docs/recipes.md: their networks as they are, on phantoms, as small as
 * one or two cores of a processor need it to be done within an hour.
 * @module
 */

export interface PublishedRun {
  readonly recipe: string;
  /** Options of `voxwatch synthesize`, but for the folder. */
  readonly training: string;
  /** Of studies that no training sees: their seeds are used for nothing else. */
  readonly heldOut: string;
  /** Options of `voxwatch train`: where the run differs from the recipe. */
  readonly options: string;
  /** `bundle`: exported, and run on whole volumes; `slices`: the network on single slices, on its own grid. */
  readonly scoredAs: 'bundle' | 'slices';
  /** Of `evaluate`: the region, and the numbers of the truth that are its label. */
  readonly regions: readonly string[];
  readonly truthLabels: readonly string[];
  /** For the document. */
  readonly differences: string;
}

const ABDOMEN = '--matrix 256 --slices 11 --step 14 --thickness 3';
const HEAD = '--organ brain --slices 10 --step 8 --thickness 5';

export const PUBLISHED_RUNS: readonly PublishedRun[] = [
  {
    recipe: 'kidney-unet',
    training: `--count 150 --seed 20000 ${ABDOMEN}`,
    heldOut: '--count 16 --seed 89001 --matrix 256 --step 5',
    // With the 0.4 of its network and its rate of 0.01 all was background still after 660 steps.
    options: `${grid('kidney', 64, { epochs: 5, batchSize: 8 })} --set kidney.network.afterConvolution.2.rate=0.1 --set kidney.phases.0.learningRate.rate=0.002`,
    scoredAs: 'bundle',
    regions: ['kidney with tumour'],
    truthLabels: ['1=kidney with tumour', '2=kidney with tumour'],
    differences:
      'grid 64 × 64 for 244 × 244, batches of 8 for 20, 5 epochs for 10, so a rate of 0.002 for 0.01 and dropout of 0.1 for 0.4',
  },
  {
    recipe: 'liver-unet',
    // With tumours as they are drawn otherwise, fewer and in every phase, or after 1,000 steps, all was background still.
    training: `--organ liver --count 90 --seed 31000 --tumours 4 --phase portal ${ABDOMEN}`,
    heldOut: '--organ liver --count 16 --seed 87001 --matrix 256 --step 5',
    options: `${grid('tumour', 80, { epochs: 10, batchSize: 4 })} --set tumour.phases.0.learningRate.first=0.0005`,
    scoredAs: 'bundle',
    regions: ['tumour'],
    truthLabels: ['2=tumour'],
    differences:
      'grid 80 × 80 for 512 × 512, 10 epochs for 20, so a first rate of 0.0005 for 0.0001; four tumours in every liver, all in the portal phase',
  },
  {
    recipe: 'brain-unet',
    training: `--count 80 --seed 40000 ${HEAD}`,
    heldOut: `--count 12 --seed 88001 ${HEAD}`,
    // With the 0.01 of its network a tenth of what inference normalizes by was still its beginning after 240 steps: Dice 0.008.
    options: `${grid('tumour', 120, { epochs: 20, batchSize: 8 })} --set tumour.network.afterConvolution.0.momentum=0.1`,
    scoredAs: 'slices',
    regions: [],
    truthLabels: [],
    differences: 'grid 120 × 120 for 240 × 240, batches of 8 for 16, batch-norm momentum 0.1 for 0.01, 20 epochs for 100',
  },
  {
    recipe: 'liver-resnet34-unet',
    training: `--organ liver --count 120 --seed 30000 ${ABDOMEN}`,
    heldOut: '--organ liver --count 16 --seed 87001 --matrix 256 --step 5',
    options: `--every-case 1 --every-slice 1 ${grid('liver', 96, { epochs: 2, batchSize: 4, phase: 1 })} --set liver.phases.0.epochs=0`,
    scoredAs: 'bundle',
    regions: ['liver with tumour', 'tumour'],
    truthLabels: [],
    differences:
      'the encoder from random weights, so without the epoch in which it is frozen; every slice of every case; grid 96 × 96 for 128 × 128, batches of 4 for 16, 2 epochs for 5',
  },
];

interface Smaller {
  readonly epochs: number;
  readonly batchSize: number;
  /** Which phase trains; 0 where it is absent. */
  readonly phase?: number;
}

function grid(stage: string, pixels: number, { epochs, batchSize, phase = 0 }: Smaller): string {
  return [
    `gridPixels.0=${pixels}`,
    `gridPixels.1=${pixels}`,
    `phases.${phase}.epochs=${epochs}`,
    `phases.${phase}.batchSize=${batchSize}`,
    'validation.slices=48',
  ]
    .map((setting) => `--set ${stage}.${setting}`)
    .join(' ');
}
