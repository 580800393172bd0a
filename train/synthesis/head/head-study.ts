/**
 * The study of a head: a sampled patient with tumours of the brain, or none, and the scan.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import type { AcquisitionChoices } from '../acquisition.ts';
import { createAnatomyFields } from '../anatomy-fields.ts';
import { AIR_HU, type PaintGround, paintStructure, startCanvas } from '../canvas.ts';
import type { Shape } from '../shapes.ts';
import type { Structure } from '../structure.ts';
import type { Study } from '../study.ts';
import { buildBrain } from './brain.ts';
import { buildBrainTumours } from './brain-tumours.ts';
import { buildFace } from './face.ts';
import { buildHeadRest } from './head-rest.ts';
import { type HeadTissues, sampleHeadTissues } from './head-tissue.ts';
import { buildSkull } from './skull.ts';
import { aboveBase, buildSkullBase } from './skull-base.ts';

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
/** Of the lowest and the highest slice, mm, below the vault: above the base of the skull, and with face and neck. */
const RANGES_MM = { brain: [-18, 66], 'whole-head': [-125, 66] } as const;

/** How far down a head is made and scanned: a scan of the brain ends above the base of the skull. */
export type HeadExtent = keyof typeof RANGES_MM;

const paintAir: PaintGround = ({ hu }, p) => {
  hu[p] = AIR_HU;
};

/** How much of a head there is; painted labels that the truth keeps, and as what. */
export interface HeadKind {
  readonly extent: HeadExtent;
  readonly truth: Study['truth'];
}

export function sampleHeadStudy(random: Random, choices: HeadChoices, { extent, truth }: HeadKind): Study {
  const tumours = choices.tumours ?? random.fork('study').pick([...TUMOUR_WEIGHTS.keys()], TUMOUR_WEIGHTS);
  const head = random.fork('head');
  const tissues = sampleHeadTissues(head.fork('tissues'));
  const skull = buildSkull(head.fork('skull'), tissues);
  const grown = buildBrainTumours(head.fork('tumours'), tissues, skull, tumours);
  const brain = buildBrain(head.fork('brain'), tissues, skull);
  const upper = [...skull.structures, ...brain, ...grown.structures, skull.bone];
  const structures = extent === 'brain' ? upper : standOnFace(head, tissues, upper, skull.outside);
  const fields = createAnatomyFields(head.fork('fields'), WARP_MM);
  return {
    acquisition: sampleHeadScan(random.fork('acquisition'), 2 * (skull.insideMm[1] + 15), RANGES_MM[extent], choices),
    paint: (plane, zMm) => {
      const canvas = startCanvas(fields, plane, zMm, paintAir);
      for (const structure of structures) paintStructure(canvas, structure);
      return canvas;
    },
    truth,
    facts: { lesions: grown.lesions },
  };
}

function standOnFace(random: Random, tissues: HeadTissues, upper: readonly Structure[], skull: Shape): Structure[] {
  return [
    ...buildHeadRest(random.fork('rest')),
    ...buildFace(random.fork('face'), tissues),
    ...upper.map((structure) => ({ ...structure, shape: aboveBase(structure.shape) })),
    ...buildSkullBase(random.fork('base'), tissues, skull),
  ];
}

function sampleHeadScan(
  random: Random,
  headLengthMm: number,
  [low, high]: readonly [number, number],
  choices: HeadChoices,
): Study['acquisition'] {
  const matrix = choices.matrix ?? MATRIX;
  const spacing = (headLengthMm * random.uniform(1.05, 1.25)) / matrix;
  const half = ((matrix - 1) / 2) * spacing;
  const sliceStepMm = choices.sliceStepMm ?? random.pick(SLICE_STEPS_MM);
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
