/**
 * How HU become network input: the schemes of the recipes, with all numbers known.
 *
 * A recipe names a scheme; what depends on data is fitted on the training set; the manifest keeps what a reader wants to
 * know; `network-input.ts` and the fused ONNX graph compute the same from it.
 * @module
 */
import type { StageIntensity } from '../../core/stage-intensity.ts';
import type { FeatureWiseStatistics } from '../feature-wise.ts';

/** HU window: `levelHu − widthHu / 2` becomes 0, `levelHu + widthHu / 2` becomes 1, what lies outside is cut. */
export interface HuWindow {
  readonly widthHu: number;
  readonly levelHu: number;
}

export type Intensity =
  /** A mean slice and a standard-deviation slice over the training set (report 003). One channel. */
  | { readonly scheme: 'feature-wise'; readonly statistics: FeatureWiseStatistics }
  /** Each slice's own lowest value becomes 0, its highest 1; a slice of one value becomes 0 (report 000). One channel. */
  | { readonly scheme: 'min-max' }
  /** `(clamp(hu) − mean) / standardDeviation`, two numbers over the training set (report 001). One channel. */
  | {
      readonly scheme: 'standardise';
      readonly clampHu: readonly [lowest: number, highest: number];
      readonly meanHu: number;
      readonly standardDeviationHu: number;
    }
  /** The values themselves, the same in each channel (report 002). */
  | { readonly scheme: 'as-stored'; readonly channels: number }
  /** A channel a window, then one of the slice equalised, each then standardised as its encoder expects (report 004). */
  | {
      readonly scheme: 'windows';
      readonly windows: readonly HuWindow[];
      /** Frequency bins of the equalised channel; 0 = there is none. */
      readonly equalizedBins: number;
      readonly channelMeans: readonly number[];
      readonly channelDeviations: readonly number[];
    };

/** Channels of the network's input. */
export function channelsOf(intensity: Intensity): number {
  if (intensity.scheme === 'as-stored') return intensity.channels;
  if (intensity.scheme === 'windows') return intensity.windows.length + (intensity.equalizedBins > 0 ? 1 : 0);
  return 1;
}

/** What the manifest says of it: all of it but the slices of `feature-wise`, which are in the graph. */
export function describeIntensity(intensity: Intensity): StageIntensity {
  if (intensity.scheme !== 'feature-wise') return intensity;
  const { clampHu, standardDeviationFloorHu } = intensity.statistics;
  return { scheme: 'feature-wise', clampHu, standardDeviationFloorHu };
}
