/**
 * Report 004: liver and tumour by a U-Net with the encoder of a ResNet-34 (Sai Subramanian et al., LiTS).
 *
 * As in the report: every third volume and every second slice; windows liver and custom and the slice equalised over 100
 * bins, each standardised as ImageNet's encoders expect; 128 × 128; cross-entropy; batches of 16; one epoch with the encoder
 * frozen (its batch norms keep learning), then five; Adam with weight decay 0.1, which in fastai is decoupled, at its usual
 * β and ε; best weights kept by the validation loss. Slices are not stored as JPEG here, which would only cost quality.
 * The encoder's ImageNet weights are the user's to bring (`--encoder-weights FILE.safetensors`); without them it begins at
 * random. The split is by patient; `--split slices-80-20` draws slices, as the report did.
 * @module
 */
import type { Recipe, TrainingPhase } from '../recipe.ts';
import { RESEARCH_ONLY } from './intended-use.ts';
import { LIVER_LABELS } from './labels.ts';

const SAMPLES = { kind: 'epochs', batchSize: 16, loss: { kind: 'cross-entropy' } } as const;

/** fastai's `fine_tune`: the base rate of 0.002 for the frozen epoch, half of it afterwards; a cycle each. */
const PHASES: readonly TrainingPhase[] = [
  {
    ...SAMPLES,
    epochs: 1,
    learningRate: { kind: 'one-cycle', highest: 2e-3, warmUpShare: 0.99 },
    freeze: { layers: ['encoder.*'], batchNormalization: 'learns' },
  },
  { ...SAMPLES, epochs: 5, learningRate: { kind: 'one-cycle', highest: 1e-3, warmUpShare: 0.3 } },
];

export const LIVER_RESNET34_UNET: Recipe = {
  name: 'liver-resnet34-unet',
  version: '1.0.0',
  layout: 'lits',
  split: 'shuffled-80-20',
  selection: { everyNthCase: 3, everyNthSlice: 2 },
  truthLabels: LIVER_LABELS,
  labels: LIVER_LABELS,
  organLabel: 1,
  lesionLabel: 2,
  bodyParts: ['ABDOMEN', 'LIVER'],
  postprocessing: { minComponentMl: 20, minLesionMl: 0.4, minOrganMl: 20, maxComponents: 1 },
  stages: [
    {
      name: 'liver',
      network: { kind: 'resnet34-unet' },
      output: 'softmax',
      classes: [0, 1, 2],
      outputLabels: [0, 1, 2],
      gridPixels: [128, 128],
      region: { kind: 'whole-slice' },
      intensity: {
        scheme: 'windows',
        windows: [
          { widthHu: 150, levelHu: 30 },
          { widthHu: 200, levelHu: 60 },
        ],
        equalizedBins: 100,
        channelMeans: [0.485, 0.456, 0.406],
        channelDeviations: [0.229, 0.224, 0.225],
      },
      augmentation: [],
      cropJitterPixels: 0,
      optimizer: { kind: 'adamw', epsilonPlace: 'pytorch', betas: [0.9, 0.99], epsilon: 1e-5, weightDecay: 0.1 },
      weightAverageDecay: 0,
      phases: PHASES,
      validation: {
        every: 'epoch',
        slices: 512,
        metrics: ['dice', 'iou', 'accuracy', 'foreground-accuracy'],
        watch: 'loss',
      },
    },
  ],
  reportedFigures: [
    {
      metric: 'foreground accuracy',
      of: 'liver and tumour',
      on: 'validation slices of LiTS, as its authors report it',
      value: 0.954,
    },
    { metric: 'accuracy', of: 'all pixels', on: 'validation slices of LiTS, as its authors report it', value: 0.998 },
    { metric: 'iou loss', of: 'slices of liver with lesion', on: 'slices of LiTS, as its authors report it', value: 0.113 },
    { metric: 'dice loss', of: 'slices of liver with lesion', on: 'slices of LiTS, as its authors report it', value: 0.11 },
  ],
  intendedUse: RESEARCH_ONLY,
  limits: ['Works on 128 × 128 pixels: lesions of a few millimetres are lost.'],
};
