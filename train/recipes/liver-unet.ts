/**
 * Report 001: liver tumours by the classic U-Net (LiTS).
 *
 * As in the report: standardised intensities; 512 × 512; the network of its figure 1; a sigmoid; flips, rotation, noise and
 * Perlin noise; Adam on mini-batches. Three losses are compared there, and can be chosen here: `--loss focal`,
 * `--loss soft-dice`; binary cross-entropy otherwise. It gives no batch size, rate or number of epochs: those are ours, and
 * so is the range that HU are clamped to, without which metal would set the deviation.
 * @module
 */
import type { Augmentation } from '../augmentation/augmentation.ts';
import { LIVER_UNET } from '../networks/unet-presets.ts';
import { PLAIN_ADAM } from '../optimizer/optimizer-spec.ts';
import type { Recipe } from '../recipe.ts';
import { RESEARCH_ONLY } from './intended-use.ts';
import { LIVER_LABELS, ONLY_TUMOUR } from './labels.ts';

const AUGMENTATION: Augmentation = [
  { kind: 'flip', probability: 0.5, axis: 'horizontal' },
  { kind: 'flip', probability: 0.5, axis: 'vertical' },
  { kind: 'rotation', probability: 0.5, degrees: 15 },
  { kind: 'gaussian-noise', probability: 0.5, standardDeviationHu: [0, 15] },
  { kind: 'perlin-noise', probability: 0.5, standardDeviationHu: [0, 15], wavelengthPixels: [16, 128], octaves: 4 },
];

export const LIVER_UNET_RECIPE: Recipe = {
  name: 'liver-unet',
  version: '1.0.0',
  layout: 'lits',
  split: 'train-validation-test',
  truthLabels: LIVER_LABELS,
  labels: [ONLY_TUMOUR],
  lesionLabel: 1,
  bodyParts: ['ABDOMEN', 'LIVER'],
  postprocessing: { minComponentMl: 0, minLesionMl: 0.4, minOrganMl: 0, maxComponents: 0 },
  stages: [
    {
      name: 'tumour',
      network: LIVER_UNET,
      output: 'sigmoid',
      classes: [0, 0, 1],
      outputLabels: [0, 1],
      gridPixels: [512, 512],
      region: { kind: 'whole-slice' },
      intensity: { scheme: 'standardise', clampHu: [-200, 300] },
      augmentation: AUGMENTATION,
      cropJitterPixels: 0,
      optimizer: PLAIN_ADAM,
      weightAverageDecay: 0,
      phases: [
        {
          kind: 'epochs',
          epochs: 20,
          batchSize: 4,
          loss: { kind: 'binary-cross-entropy' },
          learningRate: { kind: 'half-cosine', first: 1e-4, last: 1e-6 },
        },
      ],
      validation: { every: 'epoch', slices: 256, metrics: ['dice', 'iou', 'precision', 'recall'], watch: 'dice' },
    },
  ],
  losses: {
    'binary-cross-entropy': { kind: 'binary-cross-entropy' },
    focal: { kind: 'focal', alpha: 1, gamma: 2 },
    'soft-dice': { kind: 'soft-dice', denominator: 'squared' },
  },
  reportedFigures: [],
  intendedUse: RESEARCH_ONLY,
  limits: ['Marks tumours alone: it does not tell whether the series shows the liver.'],
};
