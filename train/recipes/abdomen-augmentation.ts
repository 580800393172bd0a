/**
 * How samples of `abdomen-cascade` are changed before its stages see them.
 * @module
 */
import type { Augmentation, Transform } from '../augmentation/augmentation.ts';
import type { DrawnLesions } from '../augmentation/drawn-lesions.ts';

const VALUE_CHANGES: Augmentation = [
  { kind: 'intensity', probability: 1, factor: [0.89, 1.12], offsetHu: [-14, 14] },
  { kind: 'gaussian-noise', probability: 0.7, standardDeviationHu: [0, 10] },
];

/** Anatomies are bent and scanned when they are made: this is for the pictures that they are drawn from again and again. */
export const ORGAN_AUGMENTATION: Augmentation = [
  { kind: 'rotation', probability: 0.5, degrees: 8 },
  { kind: 'zoom', probability: 0.5, factor: 1.15 },
  ...VALUE_CHANGES,
];

/** Livers are darker here and there, without an edge: that is no lesion. */
const SHADING: Transform = {
  kind: 'perlin-noise',
  probability: 0.6,
  standardDeviationHu: [0, 9],
  wavelengthPixels: [40, 110],
  octaves: 1,
};

/** What lesions look like that are drawn into samples of an organ. */
export type LesionLook = Pick<
  DrawnLesions,
  'probability' | 'most' | 'darkerHu' | 'lowestHu' | 'brighterProbability' | 'bulgeProbability'
> & {
  readonly radiusMm: readonly [number, number];
};

/** Truth labels of an organ and of its lesions, and what those look like. */
export interface LesionTruth {
  readonly truth: number;
  readonly lesion: number;
  readonly look: LesionLook;
}

/** Of some hundred anatomies a network learns the lesions by heart (it did, after 1,600 steps): so each sample gets others. */
export function lesionAugmentation({ truth, lesion, look: { radiusMm, ...look } }: LesionTruth, pixelMm: number): Augmentation {
  return [
    { kind: 'rotation', probability: 0.6, degrees: 15 },
    { kind: 'zoom', probability: 0.6, factor: 1.25 },
    {
      kind: 'drawn-lesions',
      ...look,
      organLabel: truth,
      lesionLabel: lesion,
      radiusPixels: [radiusMm[0] / pixelMm, radiusMm[1] / pixelMm],
      edgePixels: [0.5, 2.5],
      roughness: [0, 0.18],
      brighterHu: [15, 55],
    },
    SHADING,
    ...VALUE_CHANGES,
  ];
}
