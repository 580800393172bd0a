/**
 * Hounsfield units of tissues by contrast phase.
 *
 * Means and spreads follow what is measured on clinical CT (the same table that trains our models for real CT).
 * @module
 */
import type { Random } from '../../core/random.ts';

/** When after the injection the scan was made. */
export type ContrastPhase = 'none' | 'arterial' | 'portal' | 'late';
export const CONTRAST_PHASES: readonly ContrastPhase[] = ['none', 'arterial', 'portal', 'late'];

/** [mean, standard deviation between patients], HU. */
type Spread = readonly [mean: number, deviation: number];
type ByPhase = Readonly<Record<ContrastPhase, Spread>>;

const same = (mean: number, deviation: number): ByPhase => ({
  none: [mean, deviation],
  arterial: [mean, deviation],
  portal: [mean, deviation],
  late: [mean, deviation],
});

const TABLE = {
  fat: same(-103, 8),
  skin: same(20, 15),
  muscle: { none: [52, 6], arterial: [56, 7], portal: [62, 7], late: [60, 7] },
  boneCortex: same(520, 90),
  boneMarrow: same(190, 40),
  disc: same(85, 12),
  lung: same(-860, 25),
  liver: { none: [54, 9], arterial: [68, 12], portal: [106, 15], late: [92, 13] },
  spleen: { none: [48, 6], arterial: [115, 22], portal: [118, 15], late: [95, 12] },
  renalCortex: { none: [34, 4], arterial: [170, 30], portal: [182, 24], late: [145, 22] },
  renalMedulla: { none: [33, 4], arterial: [88, 22], portal: [162, 24], late: [150, 24] },
  urine: { none: [6, 5], arterial: [8, 6], portal: [12, 8], late: [320, 90] },
  artery: { none: [41, 5], arterial: [270, 50], portal: [150, 22], late: [115, 16] },
  vein: { none: [40, 5], arterial: [85, 30], portal: [158, 22], late: [115, 16] },
  pancreas: { none: [38, 8], arterial: [90, 14], portal: [95, 12], late: [75, 10] },
  bowelWall: { none: [40, 8], arterial: [75, 14], portal: [85, 14], late: [70, 12] },
  bile: same(8, 6),
  /** Solid renal tumour: it takes up contrast, but less evenly and mostly less than the cortex. */
  tumour: { none: [38, 9], arterial: [108, 24], portal: [98, 16], late: [82, 13] },
} as const satisfies Record<string, ByPhase>;

export type TissueName = keyof typeof TABLE;

/** The HU of every tissue of one patient in one scan. */
export type TissueValues = Readonly<Record<TissueName, number>>;

export function sampleTissues(random: Random, phase: ContrastPhase): TissueValues {
  const names = Object.keys(TABLE) as TissueName[];
  const entries = names.map((name) => {
    const [mean, deviation] = TABLE[name][phase];
    return [name, random.fork(name).normal(mean, deviation)] as const;
  });
  return Object.fromEntries(entries) as Record<TissueName, number>;
}
