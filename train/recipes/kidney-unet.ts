/**
 * Report 000: kidneys with their tumours, as one mask, by a U-Net (Barczyk et al., KiTS19).
 *
 * As in the report: the first 240 of 300 cases train; each slice from 0 to 1 by its own extremes; 244 × 244; dropout 0.4,
 * batch-norm momentum 0.1; binary cross-entropy on logits; Adam with PyTorch's ε at the rate that gave better results, 0.01
 * (0.001 was tried too: `--set kidney.phases.0.learningRate.rate=0.001`); batches of 20, 10 epochs; no augmentation. It
 * names “weight decay Adam” and no weight: 0 here, as in the line of code that it prints. Sigmoid, threshold 0.5, so one
 * mask: the report shows three classes and trains on one output.
 * @module
 */
import { KIDNEY_UNET } from '../networks/unet-presets.ts';
import type { Recipe } from '../recipe.ts';
import { RESEARCH_ONLY } from './intended-use.ts';
import { KIDNEY_LABELS } from './labels.ts';

export const KIDNEY_UNET_RECIPE: Recipe = {
  name: 'kidney-unet',
  version: '1.0.0',
  layout: 'kits',
  split: 'first-240-of-300',
  truthLabels: KIDNEY_LABELS,
  labels: [
    {
      index: 1,
      name: 'kidney with tumour',
      color: '#00ffff',
      code: { scheme: 'SCT', value: '64033007', meaning: 'Kidney' },
    },
  ],
  organLabel: 1,
  bodyParts: ['ABDOMEN', 'KIDNEY'],
  postprocessing: { minComponentMl: 3, minLesionMl: 0, minOrganMl: 0, maxComponents: 2 },
  stages: [
    {
      name: 'kidney',
      network: KIDNEY_UNET,
      output: 'sigmoid',
      classes: [0, 1, 1],
      outputLabels: [0, 1],
      gridPixels: [244, 244],
      region: { kind: 'whole-slice' },
      intensity: { scheme: 'min-max' },
      augmentation: [],
      cropJitterPixels: 0,
      optimizer: { kind: 'adam', epsilonPlace: 'pytorch', weightDecay: 0 },
      weightAverageDecay: 0,
      phases: [
        {
          kind: 'epochs',
          epochs: 10,
          batchSize: 20,
          loss: { kind: 'binary-cross-entropy' },
          learningRate: { kind: 'constant', rate: 0.01 },
        },
      ],
      validation: { every: 'epoch', slices: 256, metrics: ['dice', 'accuracy'], watch: 'loss' },
    },
  ],
  reportedFigures: [
    { metric: 'dice loss', of: 'kidney with tumour', on: '60 cases of KiTS19, as its authors report it', value: 0.0041, cases: 60 },
  ],
  intendedUse: RESEARCH_ONLY,
  limits: [
    'Marks kidneys and their tumours as one: it tells no tumour.',
    'Each slice is scaled by its own extremes: metal or a padded border changes what the network sees.',
  ],
};
