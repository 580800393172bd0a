/**
 * The HU of every tissue of one anatomy: by contrast phase, or drawn independently, with a fatty liver now and then.
 *
 * Means and spreads are those that trained a model for real CT of other patients (liver, spleen, kidney, vessels, heart, gut,
 * pancreas, muscle, fat, bile); those of bone, cartilage, lung, nerve, adrenals and bladder are usual values of clinical CT.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { type FieldRule, numberWithin, type Range, rangeWithin } from '../../augmentation/fields.ts';
import { CONTRAST_PHASES, type ContrastPhase } from '../tissue.ts';
import { CODES, TISSUES, type Tissue } from './tissues.ts';

/** [mean, standard deviation between patients], HU. */
export type Spread = readonly [mean: number, deviation: number];
export type SpreadByPhase = Readonly<Record<ContrastPhase, Spread>>;

export interface ContrastDesign {
  /** How often each phase is drawn, against the others. */
  readonly phases: Readonly<Record<ContrastPhase, number>>;
  readonly fattyLiverProbability: number;
  /** How much darker a fatty liver is. */
  readonly fattyLiverHu: Range;
  /** How often the tissues of `independentHu` are drawn from its ranges, whatever the phase. */
  readonly independentProbability: number;
  readonly independentHu: Readonly<Partial<Record<Tissue, Range>>>;
  /** Contrast drunk before the scan: brightens stomach and bowel. */
  readonly oralProbability: number;
  readonly oralHu: Range;
}

export type HuTable = Readonly<Record<Tissue, SpreadByPhase>>;

const phases = (none: Spread, arterial: Spread, portal: Spread, late: Spread): SpreadByPhase => ({ none, arterial, portal, late });
const same = (mean: number, deviation: number): SpreadByPhase => {
  const spread: Spread = [mean, deviation];
  return phases(spread, spread, spread, spread);
};

export const HU_TABLE: HuTable = {
  air: same(-1000, 0),
  fat: same(-103, 10),
  'soft-tissue': same(55, 10),
  muscle: same(55, 10),
  bone: same(230, 50),
  cartilage: same(100, 15),
  lung: same(-840, 30),
  gas: same(-900, 40),
  liver: phases([54, 9], [68, 14], [106, 16], [92, 14]),
  spleen: phases([48, 6], [115, 25], [118, 17], [95, 13]),
  'renal-cortex': phases([33, 5], [165, 35], [180, 28], [145, 25]),
  'renal-medulla': phases([33, 5], [80, 25], [160, 30], [150, 30]),
  pancreas: phases([38, 14], [90, 14], [95, 14], [75, 14]),
  gallbladder: same(8, 8),
  stomach: phases([35, 20], [60, 20], [60, 20], [50, 20]),
  bowel: phases([30, 20], [55, 20], [60, 20], [50, 20]),
  'gut-gas': same(-920, 40),
  adrenal: phases([30, 8], [70, 15], [75, 12], [60, 10]),
  bladder: phases([8, 6], [8, 6], [10, 8], [60, 60]),
  artery: phases([41, 6], [270, 60], [150, 25], [115, 18]),
  vein: phases([40, 6], [80, 35], [158, 25], [115, 18]),
  heart: phases([40, 6], [220, 60], [148, 25], [112, 18]),
  myocardium: phases([45, 12], [95, 12], [100, 12], [85, 12]),
  nerve: same(28, 8),
  // Lesions that the label map brings along; those that are grown have a design of their own.
  'liver-lesion': phases([35, 12], [45, 15], [55, 18], [55, 18]),
  'kidney-lesion': phases([35, 10], [85, 25], [80, 20], [70, 18]),
  'kidney-cyst': same(8, 6),
};

export const CONTRAST: ContrastDesign = {
  phases: { none: 0.22, arterial: 0.18, portal: 0.42, late: 0.18 },
  fattyLiverProbability: 0.12,
  fattyLiverHu: [15, 45],
  independentProbability: 0.25,
  independentHu: {
    liver: [30, 150],
    spleen: [30, 170],
    'renal-cortex': [20, 240],
    vein: [25, 230],
    artery: [30, 350],
    muscle: [20, 85],
  },
  oralProbability: 0.12,
  oralHu: [60, 350],
};

export const CONTRAST_RULES: { readonly [K in keyof ContrastDesign]: FieldRule } = {
  phases: (value) => weightsRule(value, CONTRAST_PHASES),
  fattyLiverProbability: numberWithin(0, 1),
  fattyLiverHu: rangeWithin(0, 200),
  independentProbability: numberWithin(0, 1),
  independentHu: (value) => {
    const range = rangeWithin(-1000, 3000);
    const isTable =
      isRecord(value) && Object.entries(value).every(([tissue, hu]) => Object.hasOwn(CODES, tissue) && range(hu) === undefined);
    return isTable ? undefined : 'tissues with [lowest, highest] HU';
  },
  oralProbability: numberWithin(0, 1),
  oralHu: rangeWithin(0, 1000),
};

export interface Contrast {
  readonly phase: ContrastPhase;
  /** Mean of each tissue by its code, HU. */
  readonly meansHu: Float32Array;
}

/** @param chosen - The phase, where the caller wants a certain one: it is never drawn independently then. */
export function sampleContrast(random: Random, design: ContrastDesign, table: HuTable, chosen?: ContrastPhase): Contrast {
  const weights = CONTRAST_PHASES.map((name) => design.phases[name]);
  const drawn = random.pick(CONTRAST_PHASES, weights);
  const phase = chosen ?? drawn;
  const meansHu = Float32Array.from(TISSUES, (tissue) => {
    const [mean, deviation] = table[tissue][phase];
    return random.fork(tissue).normal(mean, deviation);
  });
  const set = (tissue: Tissue, value: number): void => {
    meansHu[CODES[tissue]] = value;
  };
  const get = (tissue: Tissue): number => meansHu[CODES[tissue]] as number;
  // Without contrast cortex and medulla cannot be told apart; unlabelled soft tissue is mostly muscle.
  if (phase === 'none') set('renal-medulla', get('renal-cortex'));
  set('soft-tissue', get('muscle'));
  if (random.chance(design.fattyLiverProbability)) set('liver', get('liver') - random.uniform(...design.fattyLiverHu));
  if (chosen === undefined && random.chance(design.independentProbability)) {
    const independent = random.fork('independent');
    for (const [tissue, range] of Object.entries(design.independentHu) as [Tissue, Range][])
      set(tissue, independent.fork(tissue).uniform(...range));
    set('renal-medulla', get('renal-cortex') * independent.uniform(0.7, 1));
    set('soft-tissue', get('muscle'));
  }
  if (random.chance(design.oralProbability)) {
    const added = random.uniform(...design.oralHu);
    for (const tissue of ['stomach', 'bowel'] as const) set(tissue, get(tissue) + added * random.uniform(0.5, 1));
  }
  return { phase, meansHu };
}

/** A weight for each of the names, not all 0. */
export function weightsRule(value: unknown, names: readonly string[]): string | undefined {
  const isTable =
    isRecord(value) &&
    Object.keys(value).every((name) => names.includes(name)) &&
    names.every((name) => typeof value[name] === 'number' && Number.isFinite(value[name]) && value[name] >= 0) &&
    names.some((name) => value[name] !== 0);
  return isTable ? undefined : `a weight of at least 0 for each of ${names.join(', ')}, and not all 0`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
