/**
 * A volume under small changes → how far its masks differ: the uncertainty of a bundle that gives labels only.
 *
 * Each change of evaluate/perturb/ leaves the mask that a reader would draw as it is. Where the network's own mask moves, it
 * is not sure (test-time augmentation: Wang et al., arXiv:1807.07356); overlap between such masks goes with overlap with
 * the truth (Roy et al., arXiv:1811.09800). Of several structures, one
 * that is missed in every view counts as sure.
 * @module
 */
import { createRandom } from '../../core/random.ts';
import type { LabelMap, Volume } from '../../core/volume.ts';
import { PERTURBATIONS, type Perturbation } from '../../evaluate/perturb/perturbations.ts';
import { overlapOf } from '../../evaluate/perturb/region-overlap.ts';
import type { Region } from '../../evaluate/score-case.ts';
import type { RankedRegion } from './round-folder.ts';

/** Of the changes, those that cost no interpolation of the mask: their disagreement is the network's alone. */
const VIEW_IDS: readonly string[] = ['noise', 'hu-up', 'hu-down'];

export const VIEWS: readonly Perturbation[] = PERTURBATIONS.filter(({ id }) => VIEW_IDS.includes(id));

export interface Disagreement {
  /**
   * Mean over the regions that occur in any of the masks, 0 … 1. Where none does it is 1: a scan in which the model sees
   * nothing at all, whatever the view, is a failure more often than a scan without the organ.
   */
  readonly uncertainty: number;
  readonly regions: readonly RankedRegion[];
}

export interface ViewedCase {
  readonly name: string;
  readonly volume: Volume;
  /** On the volume as it is. */
  readonly mask: LabelMap;
  readonly regions: readonly Region[];
  readonly segmentVolume: (volume: Volume) => Promise<LabelMap>;
}

/** Segments each view. Noise is drawn from a stream of the case's name: the same every time. */
export async function measureDisagreement({ name, volume, mask, regions, segmentVolume }: ViewedCase): Promise<Disagreement> {
  const masks: LabelMap[] = [];
  for (const view of VIEWS) {
    const random = createRandom(0, `${view.id}/${name}`);
    const { volume: changed, restore } = view.apply(volume, () => random.normal(0, 1));
    masks.push(restore(await segmentVolume(changed)));
  }
  return disagreementOf(mask, masks, regions);
}

/** Uncertainty of a case in which there is nothing to agree on. */
const NOTHING_FOUND = 1;

/** 1 − the mean Dice of the mask with the masks of the views, region by region. All on one grid. */
export function disagreementOf(mask: LabelMap, views: readonly LabelMap[], regions: readonly Region[]): Disagreement {
  const measured = regions.map((region) => {
    const overlaps = views.map((view) => overlapOf(view, mask, region));
    const volumeMl = overlapOf(mask, mask, region).predictedMl;
    return {
      occurs: volumeMl > 0 || overlaps.some(({ predictedMl }) => predictedMl > 0),
      region: { region: region.name, uncertainty: 1 - meanOf(overlaps.map(({ dice }) => dice)), volumeMl },
    };
  });
  const occurring = measured.filter(({ occurs }) => occurs).map(({ region }) => region.uncertainty);
  return { uncertainty: occurring.length === 0 ? NOTHING_FOUND : meanOf(occurring), regions: measured.map(({ region }) => region) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
