/**
 * Report 002: brain tumours in CT slices by a small U-Net (Imperial data science winter school, group 5).
 *
 * As in the report: NumPy slices of 240 × 240 × 3, values as stored, split 80 to 20; filters from 16 on with batch norm and
 * dropout; a sigmoid; mean squared error; Adam 0.002; rotation, flip and zoom; early stopping after 15 epochs without a
 * gain, the rate lowered after 10, best weights kept. Its “decay rate of 0.5” is taken for Adam's first β, as in the
 * networks of that time that were trained with 0.002 and 0.5; its batch size, factor and most epochs are not given: ours.
 * The split is by patient; `--split slices-80-20` draws slices, as the report did.
 * @module
 */
import type { Augmentation } from '../augmentation/augmentation.ts';
import { BRAIN_UNET } from '../networks/unet-presets.ts';
import type { Recipe } from '../recipe.ts';
import { RESEARCH_ONLY } from './intended-use.ts';
import { ONLY_TUMOUR } from './labels.ts';

const AUGMENTATION: Augmentation = [
  { kind: 'rotation', probability: 0.5, degrees: 20 },
  { kind: 'flip', probability: 0.5, axis: 'horizontal' },
  { kind: 'flip', probability: 0.5, axis: 'vertical' },
  { kind: 'zoom', probability: 0.5, factor: 1.2 },
];

export const BRAIN_UNET_RECIPE: Recipe = {
  name: 'brain-unet',
  version: '1.0.0',
  layout: 'numpy',
  split: 'shuffled-80-20',
  truthLabels: [ONLY_TUMOUR],
  labels: [ONLY_TUMOUR],
  lesionLabel: 1,
  bodyParts: ['HEAD', 'BRAIN'],
  postprocessing: { minComponentMl: 0, minLesionMl: 0.2, minOrganMl: 0, maxComponents: 0 },
  stages: [
    {
      name: 'tumour',
      network: BRAIN_UNET,
      output: 'sigmoid',
      classes: [0, 1],
      outputLabels: [0, 1],
      gridPixels: [240, 240],
      region: { kind: 'whole-slice' },
      intensity: { scheme: 'as-stored', channels: 3 },
      augmentation: AUGMENTATION,
      cropJitterPixels: 0,
      optimizer: { kind: 'adam', epsilonPlace: 'tensorflow', betas: [0.5, 0.999] },
      weightAverageDecay: 0,
      phases: [
        {
          kind: 'epochs',
          epochs: 100,
          batchSize: 16,
          loss: { kind: 'mean-squared-error' },
          learningRate: { kind: 'constant', rate: 0.002 },
        },
      ],
      validation: {
        every: 'epoch',
        slices: 512,
        metrics: ['dice', 'iou', 'accuracy', 'recall', 'f1'],
        watch: 'loss',
        earlyStopping: { patience: 15, minDelta: 0 },
        plateau: { patience: 10, factor: 0.1, minDelta: 1e-4, minRate: 1e-6 },
      },
    },
  ],
  reportedFigures: [
    { metric: 'mean squared error', of: 'tumour', on: 'the validation slices of its authors, best epoch', value: 0.00258 },
    { metric: 'accuracy', of: 'tumour', on: 'the validation slices of its authors, “about”', value: 0.9 },
    { metric: 'recall', of: 'tumour', on: 'the validation slices of its authors, “more than”', value: 0.95 },
  ],
  intendedUse: RESEARCH_ONLY,
  limits: [
    'Marks tumours alone: it does not tell whether the series shows the brain.',
    'Values are taken as they are stored: a scan on another scale than the training slices gives nonsense.',
  ],
};
