/**
 * What a recipe says about intensities: plain values, fitted by `fit-intensity.ts`.
 * @module
 */
import type { Intensity } from '../preprocess/intensity/intensity.ts';

/** A scheme of {@link Intensity} without what is learned from data. */
export type IntensityRecipe =
  | {
      readonly scheme: 'feature-wise';
      readonly clampHu: readonly [lowest: number, highest: number];
      /** Where every scan shows the same, noise alone sets the deviation; below this it is not believed, HU. */
      readonly standardDeviationFloorHu: number;
    }
  | {
      readonly scheme: 'standardise';
      readonly clampHu: readonly [lowest: number, highest: number];
      /** Taken as they are; absent: those of the training slices. */
      readonly fixed?: { readonly meanHu: number; readonly standardDeviationHu: number };
    }
  | Extract<Intensity, { readonly scheme: 'min-max' | 'as-stored' | 'windows' }>;
