/**
 * The study of an organ of the trunk: when it is scanned and where, what grows in the organ, what the truth says.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { ABDOMEN_TRUTH } from './abdomen-truth.ts';
import { type AcquisitionChoices, type ScanRange, sampleAcquisition } from './acquisition.ts';
import { type LesionCounts, sampleAnatomy } from './anatomy.ts';
import { paintSlice } from './paint-slice.ts';
import { PAINTED_LABELS } from './structure.ts';
import type { Study } from './study.ts';
import { CONTRAST_PHASES, type ContrastPhase } from './tissue.ts';

/** Organs of the trunk that there are studies of; `abdomen`: all of them, with tumours of kidneys and liver. */
export type TrunkOrgan = 'kidney' | 'liver' | 'abdomen';

/** What may be fixed; the rest is sampled. */
export interface TrunkChoices extends AcquisitionChoices {
  readonly phase?: ContrastPhase;
  readonly tumours?: number;
}

interface StudyKind {
  /** How often each phase is. */
  readonly phases: Readonly<Record<ContrastPhase, number>>;
  /** How often there are 0, 1, … lesions in each organ that has some. */
  readonly lesions: Readonly<Partial<Record<keyof LesionCounts, readonly number[]>>>;
  readonly range: ScanRange;
  /** Painted label → label of the truth; what is not named is background. */
  readonly truth: ReadonlyMap<number, number>;
}

/** Labels of every truth: those of KiTS19 (cysts are kidney) and of LiTS (its vessels are liver). */
export const TRUTH_LABELS = { background: 0, organ: 1, tumour: 2 } as const;

const { kidney, kidneyTumour, liver, liverLesion, lung, wall, vessel, gut, spleen } = PAINTED_LABELS;
const { organ, tumour } = TRUTH_LABELS;

const STUDIES: Readonly<Record<TrunkOrgan, StudyKind>> = {
  kidney: {
    // Scans of kidney tumours are made with contrast, mostly early: report 003 works on late-arterial scans.
    phases: { none: 0.12, arterial: 0.45, portal: 0.31, late: 0.12 },
    lesions: { kidney: [0.22, 0.63, 0.15] },
    range: { lowMm: [-125, -80], highMm: [75, 120], middleMm: -2 },
    truth: new Map([
      [kidney, organ],
      [kidneyTumour, tumour],
    ]),
  },
  liver: {
    // As in LiTS, most scans of the liver are portal.
    phases: { none: 0.1, arterial: 0.2, portal: 0.6, late: 0.1 },
    lesions: { liver: [0.14, 0.3, 0.24, 0.16, 0.1, 0.06] },
    range: { lowMm: [-75, -45], highMm: [125, 148], middleMm: 60 },
    truth: new Map([
      [liver, organ],
      [liverLesion, tumour],
    ]),
  },
  abdomen: {
    phases: { none: 0.22, arterial: 0.2, portal: 0.4, late: 0.18 },
    lesions: { kidney: [0.4, 0.45, 0.15], liver: [0.4, 0.25, 0.2, 0.15] },
    range: { lowMm: [-125, -80], highMm: [125, 148], middleMm: 20 },
    truth: new Map([
      [lung, ABDOMEN_TRUTH.lung],
      [wall, ABDOMEN_TRUTH['muscle and bone']],
      [vessel, ABDOMEN_TRUTH['heart and vessels']],
      [gut, ABDOMEN_TRUTH['gut, gallbladder and pancreas']],
      [spleen, ABDOMEN_TRUTH.spleen],
      [kidney, ABDOMEN_TRUTH.kidney],
      [liver, ABDOMEN_TRUTH.liver],
      [kidneyTumour, ABDOMEN_TRUTH['kidney lesion']],
      [liverLesion, ABDOMEN_TRUTH['liver lesion']],
    ]),
  },
};

export function sampleTrunkStudy(random: Random, wanted: TrunkOrgan, choices: TrunkChoices): Study {
  const { phases, lesions, range, truth } = STUDIES[wanted];
  const choose = random.fork('study');
  const weights = CONTRAST_PHASES.map((phase) => phases[phase]);
  const phase = choices.phase ?? choose.pick(CONTRAST_PHASES, weights);
  const countOf = (shares: readonly number[] | undefined): number =>
    shares === undefined ? 0 : (choices.tumours ?? choose.pick([...shares.keys()], shares));
  const counts = { kidney: countOf(lesions.kidney), liver: countOf(lesions.liver) };
  const anatomy = sampleAnatomy(random.fork('anatomy'), phase, counts);
  return {
    acquisition: sampleAcquisition(random.fork('acquisition'), anatomy.body, range, choices),
    paint: (plane, zMm) => paintSlice(anatomy, plane, zMm),
    truth,
    facts: { phase, lesions: anatomy.lesions },
  };
}
