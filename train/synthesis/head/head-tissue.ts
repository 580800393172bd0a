/**
 * Hounsfield units in a head, scanned after contrast medium, as is usual where a tumour is looked for.
 *
 * Means and spreads as in textbooks of radiology: grey matter 37–41, white matter 26–32, clotless blood with contrast about 100.
 * @module
 */
import type { Random } from '../../../core/random.ts';

/** [mean, standard deviation between patients], HU. */
const TABLE = {
  skin: [35, 8],
  scalpFat: [-70, 15],
  compactBone: [1250, 150],
  diploe: [650, 120],
  fluid: [8, 2],
  greyMatter: [40, 1.5],
  whiteMatter: [29, 1.5],
  falx: [68, 8],
  vessel: [105, 15],
} as const satisfies Record<string, readonly [mean: number, deviation: number]>;

/** The HU of every tissue of one head. */
export type HeadTissues = Readonly<Record<keyof typeof TABLE, number>>;

export function sampleHeadTissues(random: Random): HeadTissues {
  const names = Object.keys(TABLE) as (keyof typeof TABLE)[];
  return Object.fromEntries(names.map((name) => [name, random.fork(name).normal(TABLE[name][0], TABLE[name][1])])) as HeadTissues;
}
