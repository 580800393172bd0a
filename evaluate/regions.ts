/**
 * What the labels of a data set mean → the regions that are scored.
 *
 * The regions are nested as in KiTS ("hierarchical evaluation classes"): the whole organ with what grows in it, then the
 * labels one by one, so that a tumour taken for kidney does not count twice.
 * Source of the KiTS regions and tolerances: kits23/configuration/labels.py.
 * @module
 */
import type { LabelSet } from '../core/label-table.ts';
import type { Definitions, Region, ScoreOptions } from './score-case.ts';

/** Tolerances of the KiTS surface Dice, mm: how far two readers lie apart. */
export const KITS_TOLERANCES_MM = {
  kidneyAndMasses: 1.0330772532390826,
  masses: 1.1328796488598762,
  tumour: 1.1498198361434828,
} as const;

/** Regions and what is asked of each. */
export type ScoringPlan = Pick<ScoreOptions, 'regions' | 'surfaceToleranceMm' | 'lesions' | 'definitions'>;

/** The plan of a challenge's own evaluation. */
export function officialPlan(definitions: Exclude<Definitions, 'corrected'>): ScoringPlan {
  const plans = {
    kits19: [region('kidney and tumour', [1, 2]), region('tumour', [2])],
    kits23: [region('kidney and masses', [1, 2, 3]), region('masses', [2, 3]), region('tumour', [2])],
    lits: [region('liver', [1, 2]), region('tumour', [2])],
  } as const;
  return planOf(plans[definitions], definitions);
}

/** The plan for any labels, by our own definitions. */
export function planFor({ labels, organLabel }: LabelSet): ScoringPlan {
  const others = labels.filter(({ index }) => index !== organLabel);
  if (others.length === 0)
    return planOf(
      labels.map(({ index, name }) => region(name, [index])),
      'corrected',
    );
  const organ = labels.find(({ index }) => index === organLabel)?.name ?? 'organ';
  const whole = region(
    others.length === 1 ? `${organ} with ${others[0]?.name}` : `${organ} and masses`,
    labels.map(({ index }) => index),
  );
  const masses =
    others.length > 1
      ? [
          region(
            'masses',
            others.map(({ index }) => index),
          ),
        ]
      : [];
  return planOf([whole, ...masses, ...labels.map(({ index, name }) => region(name, [index]))], 'corrected');
}

function region(name: string, labels: readonly number[]): Region {
  return { name, labels };
}

/** Lesions are counted in the region called tumour (or lesion), and nowhere else: an organ has no detection. */
function planOf(regions: readonly Region[], definitions: Definitions): ScoringPlan {
  return {
    regions,
    definitions,
    surfaceToleranceMm: Object.fromEntries(regions.map(({ name }) => [name, toleranceOf(name)])),
    lesions: regions.map(({ name }) => name).filter(isLesion),
  };
}

function isLesion(name: string): boolean {
  return /^(tumou?r|lesion)s?$/i.test(name);
}

function toleranceOf(name: string): number {
  if (isLesion(name)) return KITS_TOLERANCES_MM.tumour;
  return name === 'masses' || name === 'cyst' ? KITS_TOLERANCES_MM.masses : KITS_TOLERANCES_MM.kidneyAndMasses;
}
