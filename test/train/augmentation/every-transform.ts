/**
 * An augmentation with each transform once, for tests.
 * @module
 */
import type { Augmentation } from '../../../train/augmentation/augmentation.ts';

/** One of each kind, at full strength. */
export const EVERY_TRANSFORM: Augmentation = [
  { kind: 'rotation', probability: 1, degrees: 25 },
  { kind: 'zoom', probability: 1, factor: 1.3 },
  { kind: 'shear', probability: 1, pixelsPerRow: 0.2 },
  { kind: 'flip', probability: 0.5, axis: 'horizontal' },
  { kind: 'shift', probability: 1, pixels: 5 },
  { kind: 'elastic', probability: 1, displacementPixels: [1, 2], smoothnessPixels: [8, 12] },
  {
    kind: 'drawn-lesions',
    probability: 1,
    organLabel: 1,
    lesionLabel: 2,
    most: 3,
    radiusPixels: [2, 6],
    edgePixels: [0.5, 1.5],
    roughness: [0, 0.2],
    darkerHu: [10, 60],
    lowestHu: -5,
    brighterProbability: 0.2,
    brighterHu: [10, 60],
    bulgeProbability: 0.3,
  },
  { kind: 'gaussian-blur', probability: 1, sigmaPixels: [0.5, 1.5] },
  { kind: 'intensity', probability: 1, factor: [0.9, 1.1], offsetHu: [-20, 20] },
  { kind: 'gamma', probability: 1, exponent: [0.7, 1.4], betweenHu: [-200, 300] },
  { kind: 'window', probability: 1, centreHu: 40, centreShiftHu: [-20, 20], widthFactor: [0.8, 1.25] },
  { kind: 'perlin-noise', probability: 1, standardDeviationHu: [5, 20], wavelengthPixels: [8, 32], octaves: 3 },
  { kind: 'gaussian-noise', probability: 1, standardDeviationHu: [5, 20] },
];
