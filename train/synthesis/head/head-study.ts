/**
 * The study of a head: a sampled patient with tumours of the brain, or none, and the scan.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import type { AcquisitionChoices } from '../acquisition.ts';
import { createAnatomyFields } from '../anatomy-fields.ts';
import { AIR_HU, type PaintGround, paintStructure, startCanvas } from '../canvas.ts';
import type { Study } from '../study.ts';
import { buildBrain } from './brain.ts';
import { buildBrainTumours } from './brain-tumours.ts';
import { sampleHeadTissues } from './head-tissue.ts';
import { buildSkull } from './skull.ts';

/** What may be fixed; the rest is sampled. */
export interface HeadChoices extends AcquisitionChoices {
  readonly tumours?: number;
}

/** How often there are 0, 1 and 2 tumours. */
const TUMOUR_WEIGHTS = [0.2, 0.65, 0.15] as const;
/** Heads are little bent: a skull is round. */
const WARP_MM = [1.2, 1.2, 1.5] as const;
/** Rows and columns where nobody says: report 002's. */
const MATRIX = 240;
const SLICE_STEPS_MM = [3, 5] as const;
/** Of the lowest and the highest slice, mm: above the base of the skull, below the vault. */
const RANGE_MM = [-18, 66] as const;

const paintAir: PaintGround = ({ hu }, p) => {
  hu[p] = AIR_HU;
};

/** @param truth - Painted labels that the truth keeps, and as what. */
export function sampleHeadStudy(random: Random, choices: HeadChoices, truth: Study['truth']): Study {
  const tumours = choices.tumours ?? random.fork('study').pick([...TUMOUR_WEIGHTS.keys()], TUMOUR_WEIGHTS);
  const head = random.fork('head');
  const tissues = sampleHeadTissues(head.fork('tissues'));
  const skull = buildSkull(head.fork('skull'), tissues);
  const grown = buildBrainTumours(head.fork('tumours'), tissues, skull, tumours);
  const brain = buildBrain(head.fork('brain'), tissues, skull);
  const structures = [...skull.structures, ...brain, ...grown.structures, skull.bone];
  const fields = createAnatomyFields(head.fork('fields'), WARP_MM);
  return {
    acquisition: sampleHeadScan(random.fork('acquisition'), 2 * (skull.insideMm[1] + 15), choices),
    paint: (plane, zMm) => {
      const canvas = startCanvas(fields, plane, zMm, paintAir);
      for (const structure of structures) paintStructure(canvas, structure);
      return canvas;
    },
    truth,
    facts: { lesions: grown.lesions },
  };
}

function sampleHeadScan(random: Random, headLengthMm: number, choices: HeadChoices): Study['acquisition'] {
  const matrix = choices.matrix ?? MATRIX;
  const spacing = (headLengthMm * random.uniform(1.05, 1.25)) / matrix;
  const half = ((matrix - 1) / 2) * spacing;
  const sliceStepMm = choices.sliceStepMm ?? random.pick(SLICE_STEPS_MM);
  const [low, high] = RANGE_MM;
  const slices = choices.slices ?? Math.floor((high - low) / sliceStepMm) + 1;
  const lowestMm = (low + high) / 2 + random.normal(0, 2) - ((slices - 1) / 2) * sliceStepMm;
  const centre = [random.normal(0, 4), random.normal(0, 4)] as const;
  return {
    plane: { sizePixels: [matrix, matrix], originMm: [centre[0] - half, centre[1] - half], spacingMm: [spacing, spacing] },
    slices,
    sliceStepMm,
    sliceThicknessMm: choices.sliceThicknessMm ?? sliceStepMm,
    lowestMm,
    blurPixels: random.uniform(0.4, 0.8),
    noiseHu: random.logUniform(2.5, 6),
  };
}
