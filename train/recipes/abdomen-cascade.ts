/**
 * Our own: the organs of the abdomen on a coarse grid in millimetres, then the lesions of one of them on a finer one, in a box
 * round it. Trained on anatomies made out of label maps (docs/synthesis.md); one recipe for each organ, which share stage 1.
 *
 * Network, intensities, loss and optimiser of stage 1 are those of an experiment with one labelled CT, of which the figures
 * stand in docs/synthesis.md.
 * @module
 */
import type { StageOutput } from '../../core/millimetre-stage.ts';
import type { LossSpec } from '../losses/loss-spec.ts';
import { ABDOMEN_UNET, LESION_UNET } from '../networks/unet-presets.ts';
import type { OptimizerSpec } from '../optimizer/optimizer-spec.ts';
import type { Recipe, StageRecipe } from '../recipe.ts';
import type { LearningRateSpec } from '../schedule/learning-rate.ts';
import { ABDOMEN_TRUTH, ABDOMEN_TRUTH_LABELS } from '../synthesis/abdomen-truth.ts';
import type { ValidationRecipe } from '../validation/validation-recipe.ts';
import { lesionAugmentation, organAugmentation } from './abdomen-augmentation.ts';
import { KIDNEY_CHOICE, LIVER_CHOICE, type OrganChoice } from './abdomen-organs.ts';
import { RESEARCH_ONLY } from './intended-use.ts';
import { TUMOUR } from './labels.ts';

/** Soft tissue; air and bone are both at its ends. */
const INTENSITY = {
  scheme: 'standardise',
  clampHu: [-200, 300],
  fixed: { meanHu: 50, standardDeviationHu: 250 },
} as const;

const OPTIMIZER: OptimizerSpec = { kind: 'adamw', epsilonPlace: 'pytorch', weightDecay: 1e-4, clipNorm: 5 };

function oneCycle(highest: number): LearningRateSpec {
  return { kind: 'one-cycle', highest, warmUpShare: 0.03 };
}

const VALIDATION: ValidationRecipe = { every: 500, slices: 300, metrics: ['dice'], watch: 'dice' };

/** What both stages have in common. */
const SHARED = {
  output: 'softmax',
  intensity: INTENSITY,
  optimizer: OPTIMIZER,
  weightAverageDecay: 0.995,
  validation: VALIDATION,
} as const;

/** Pixels that keep the Dice of a class that is hardly there from jumping. */
const SMOOTHING = 30;

function lossOf(classWeights: readonly number[], groups: readonly (readonly number[])[]): LossSpec {
  return {
    kind: 'sum',
    terms: [
      { weight: 1, loss: { kind: 'cross-entropy', classWeights } },
      { weight: 1, loss: { kind: 'soft-dice', denominator: 'plain', groups, smooth: SMOOTHING } },
    ],
  };
}

const COARSE_MM = 3;
const FINE_MM = 1.5;
/** Poolings and stem halve so often. */
const MULTIPLE = 16;
/** Of the bell that smooths probabilities along the body: as in the experiment, where it cost no lesion and removed false ones. */
const SMOOTHING_MM = 3;
/** Of thin slices before stage 2; slices of 3 mm and more stay as they are (docs/abdomen-cascade-ablation.md has what it gains). */
const INPUT_SMOOTHING_MM = 1.2;
/** What is a lesion is so somewhere beyond doubt; its outline may then be drawn where doubt begins. */
const LEAST_PEAK = 0.5;
/** Stage 1 says where a kidney is, stage 2 where it ends, no farther from the former outline than this. */
const REDRAW_MM = 8;
/** Outlines of stage 1 cut lesions short that bulge out of the organ (docs/abdomen-cascade-ablation.md has what it gains). */
const BULGE_MM = 4;

/** Every truth label is a class of its own. */
const ORGAN_CLASSES = [0, ...Object.values(ABDOMEN_TRUTH)];

function organStage({ label, truth, lesion, organThreshold, parts, leastMl }: OrganChoice): StageRecipe {
  const organ: StageOutput = {
    label: label.index,
    classes: [truth, lesion],
    threshold: organThreshold,
    smoothingMm: SMOOTHING_MM,
    maxComponents: parts,
    minComponentMl: leastMl,
    fillHoles: true,
  };
  return {
    ...SHARED,
    name: 'organs',
    augmentation: organAugmentation([LIVER_CHOICE, KIDNEY_CHOICE], COARSE_MM),
    network: ABDOMEN_UNET,
    classes: ORGAN_CLASSES,
    outputLabels: ORGAN_CLASSES.map((one) => (one === truth ? label.index : one === lesion ? TUMOUR.index : 0)),
    gridPixels: [160, 160],
    region: { kind: 'whole-slice' },
    millimetres: {
      spacingMm: COARSE_MM,
      multipleOf: MULTIPLE,
      outputs: [organ],
      scope: { kind: 'whole-slice' },
      canvasPixels: [160, 160],
    },
    cropJitterPixels: 0,
    phases: [
      {
        kind: 'sampled',
        steps: 7000,
        batchSize: 16,
        windowPixels: [128, 128],
        sliceShares: [0.01, 0.02, 0.07, 0.03, 0.08, 0.04, 0.07, 0.2, 0.2, 0.28],
        loss: lossOf(
          [1, 1, 0.5, 1, 1, 1, 1, 1, 1.5, 2],
          [
            [ABDOMEN_TRUTH.liver, ABDOMEN_TRUTH['liver lesion']],
            [ABDOMEN_TRUTH['liver lesion']],
            [ABDOMEN_TRUTH.kidney, ABDOMEN_TRUTH['kidney lesion']],
            [ABDOMEN_TRUTH['kidney lesion']],
          ],
        ),
        learningRate: oneCycle(2e-3),
      },
    ],
  };
}

function lesionStage(choice: OrganChoice): StageRecipe {
  const { label, truth, lesion, parts, leastMl, outlineThreshold, leastLesionMl, lesionThreshold } = choice;
  const { windowPixels, lesionSteps, lesionRate, lesionShare, otherShare } = choice;
  const canvas = [288, 288] as const;
  const organ: Omit<StageOutput, 'threshold'> = {
    label: label.index,
    classes: [1, 2],
    smoothingMm: SMOOTHING_MM,
    maxComponents: parts,
    minComponentMl: leastMl,
    fillHoles: true,
  };
  const outlines = outlineThreshold === undefined ? [] : [{ ...organ, threshold: outlineThreshold, redrawMm: REDRAW_MM }];
  const found: StageOutput = {
    label: TUMOUR.index,
    classes: [2],
    threshold: lesionThreshold,
    smoothingMm: SMOOTHING_MM,
    maxComponents: 0,
    minComponentMl: leastLesionMl,
    leastPeak: LEAST_PEAK,
    fillHoles: false,
    within: label.index,
    bulgeMm: BULGE_MM,
  };
  return {
    ...SHARED,
    name: 'lesions',
    augmentation: lesionAugmentation(choice, FINE_MM),
    network: LESION_UNET,
    classes: ORGAN_CLASSES.map((one) => (one === lesion ? 2 : one === truth ? 1 : 0)),
    outputLabels: [0, label.index, TUMOUR.index],
    gridPixels: windowPixels,
    region: { kind: 'crop-around-foreground', ofStage: 'organs', sizePixels: windowPixels, onGridPixels: canvas },
    focusLabels: [truth, lesion],
    millimetres: {
      spacingMm: FINE_MM,
      multipleOf: MULTIPLE,
      inputSmoothingMm: INPUT_SMOOTHING_MM,
      outputs: [...outlines, found],
      scope: { kind: 'box-around-labels', labels: [label.index], marginMm: 12 },
      canvasPixels: canvas,
    },
    cropJitterPixels: 22,
    phases: [
      {
        kind: 'sampled',
        steps: lesionSteps,
        batchSize: 16,
        sliceShares: ORGAN_CLASSES.map((one) =>
          one === lesion ? lesionShare : one >= ABDOMEN_TRUTH.kidney ? otherShare : 0.04 / ABDOMEN_TRUTH.kidney,
        ),
        loss: lossOf([1, 1, 2], [[1, 2], [2]]),
        learningRate: oneCycle(lesionRate),
      },
    ],
  };
}

function abdomenCascade(name: string, organ: OrganChoice, limits: readonly string[]): Recipe {
  return {
    name,
    version: '1.8.0',
    layout: 'kits',
    truthLabels: ABDOMEN_TRUTH_LABELS,
    labels: [organ.label, TUMOUR],
    organLabel: organ.label.index,
    lesionLabel: TUMOUR.index,
    enhancedOrganHu: organ.enhancedHu,
    bodyParts: ['ABDOMEN', 'LIVER', 'KIDNEY', 'CHESTABDPELVIS', 'CHESTABDOMEN', 'ABDOMENPELVIS'],
    postprocessing: {
      minComponentMl: organ.leastMl,
      minLesionMl: organ.leastLesionMl,
      minOrganMl: 0,
      maxComponents: organ.parts,
    },
    stages: [organStage(organ), lesionStage(organ)],
    reportedFigures: [],
    intendedUse: RESEARCH_ONLY,
    limits: [
      'Trained on anatomies made out of the CT of two patients: what they do not show, it has hardly seen.',
      'Axial CT of adults, with or without contrast; lesions are dark or bright spots, whatever they are of.',
      ...limits,
    ],
  };
}

export const ABDOMEN_CASCADE: Recipe = abdomenCascade('abdomen-cascade', LIVER_CHOICE, [
  'Cysts, metastases and benign lesions of the liver are marked alike.',
]);

export const ABDOMEN_CASCADE_KIDNEY: Recipe = abdomenCascade('abdomen-cascade-kidney', KIDNEY_CHOICE, [
  'Cysts of the kidney belong to the kidney; one that is not clear may be marked.',
]);
