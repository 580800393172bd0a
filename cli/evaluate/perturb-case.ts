/**
 * One case under each stated change → its scores, on the grid of the original.
 * @module
 */

import { createRandom } from '../../core/random.ts';
import type { LabelMap, Volume } from '../../core/volume.ts';
import { PERTURBATIONS } from '../../evaluate/perturb/perturbations.ts';
import { overlapOf } from '../../evaluate/perturb/region-overlap.ts';
import type { Region } from '../../evaluate/score-case.ts';
import type { PerturbedScores } from '../../evaluate/score-document.ts';

export interface PerturbInput {
  readonly name: string;
  readonly volume: Volume;
  readonly truth: LabelMap;
  /** Of the volume as it is. */
  readonly prediction: LabelMap;
  readonly regions: readonly Region[];
  readonly segmentVolume: (volume: Volume) => Promise<LabelMap>;
}

/** Runs all changes. Noise is drawn from a stream of the case's name: the same every time. */
export async function perturbCase({
  name,
  volume,
  truth,
  prediction,
  regions,
  segmentVolume,
}: PerturbInput): Promise<PerturbedScores[]> {
  const results: PerturbedScores[] = [];
  for (const perturbation of PERTURBATIONS) {
    const random = createRandom(0, `${perturbation.id}/${name}`);
    const { volume: changed, carry, restore } = perturbation.apply(volume, () => random.normal(0, 1));
    const mask = restore(await segmentVolume(changed));
    const carriedTruth = restore(carry(truth));
    results.push({
      id: perturbation.id,
      isIdentical: Buffer.compare(mask.labels, prediction.labels) === 0,
      regions: regions.map((region) => {
        const { dice, predictedMl } = overlapOf(mask, truth, region);
        return { region: region.name, dice, ceilingDice: overlapOf(carriedTruth, truth, region).dice, predictedMl };
      }),
    });
  }
  return results;
}
