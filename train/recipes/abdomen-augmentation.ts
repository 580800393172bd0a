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

/** How often stage 1 gets lesions into each organ: most of its samples stay as the anatomies are. */
const IN_STAGE_1 = 0.3;
/** From lesion to organ. */
const EDGE_MM = [0.75, 3.75] as const;
const SHADING_MM = [60, 165] as const;
const GRAIN_MM = [3, 6] as const;

/** What lesions look like that are drawn into samples of an organ. */
export type LesionLook = Pick<
  DrawnLesions,
  'probability' | 'most' | 'darkerHu' | 'lowestHu' | 'leastDifferenceHu' | 'brighterProbability' | 'bulgeProbability'
> & {
  readonly radiusMm: readonly [number, number];
};

/** Truth labels of an organ and of its lesions, and what those look like. */
export interface LesionTruth {
  readonly truth: number;
  readonly lesion: number;
  readonly look: LesionLook;
  /** What stage 2 sees of scans that have much more noise than its anatomies; absent: none. */
  readonly noisy?: NoisyScans;
}

export interface NoisyScans {
  readonly probability: number;
  /** Of lesions that are drawn into what is noisy already: see `DrawnLesions`. */
  readonly leastVisibility: number;
}

/**
 * Of stage 1. Anatomies are bent and scanned when they are made: this is for the pictures that they are drawn from again and again.
 * An organ stays one whatever lies in it.
 */
export function organAugmentation(organs: readonly LesionTruth[], pixelMm: number): Augmentation {
  return [
    { kind: 'rotation', probability: 0.5, degrees: 8 },
    { kind: 'zoom', probability: 0.5, factor: 1.15 },
    ...organs.map((organ) => ({ ...drawnLesions(organ, pixelMm), probability: IN_STAGE_1, bulgeProbability: 0 })),
    shading(pixelMm),
    ...VALUE_CHANGES,
  ];
}

/** Of stage 2. Of some hundred anatomies a network learns the lesions by heart (it did, after 1,600 steps): so each sample gets others. */
export function lesionAugmentation(organ: LesionTruth, pixelMm: number): Augmentation {
  const { noisy } = organ;
  return [
    { kind: 'rotation', probability: 0.6, degrees: 15 },
    { kind: 'zoom', probability: 0.6, factor: 1.25 },
    { ...drawnLesions(organ, pixelMm), ...(noisy ? { leastVisibility: noisy.leastVisibility } : {}) },
    shading(pixelMm),
    ...(noisy ? [grain(noisy, pixelMm)] : []),
    ...VALUE_CHANGES,
  ];
}

/** As little dose and a soft kernel leave it. */
function grain({ probability }: NoisyScans, pixelMm: number): Transform {
  return {
    kind: 'perlin-noise',
    probability,
    standardDeviationHu: [5, 30],
    wavelengthPixels: [GRAIN_MM[0] / pixelMm, GRAIN_MM[1] / pixelMm],
    octaves: 1,
  };
}

function drawnLesions({ truth, lesion, look: { radiusMm, ...look } }: LesionTruth, pixelMm: number): DrawnLesions {
  return {
    kind: 'drawn-lesions',
    ...look,
    organLabel: truth,
    lesionLabel: lesion,
    radiusPixels: [radiusMm[0] / pixelMm, radiusMm[1] / pixelMm],
    edgePixels: [EDGE_MM[0] / pixelMm, EDGE_MM[1] / pixelMm],
    roughness: [0, 0.18],
    brighterHu: [15, 55],
  };
}

/** Livers are darker here and there, without an edge: that is no lesion. */
function shading(pixelMm: number): Transform {
  return {
    kind: 'perlin-noise',
    probability: 0.6,
    standardDeviationHu: [0, 9],
    wavelengthPixels: [SHADING_MM[0] / pixelMm, SHADING_MM[1] / pixelMm],
    octaves: 1,
  };
}
