/**
 * What stands inside each `.onnx` file beside its network (`metadata_props`): enough to know what the file is where it was
 * parted from its bundle.
 * @module
 */
import type { TrainedManifest } from '../core/model-manifest.ts';
import type { StageIntensity } from '../core/stage-intensity.ts';

/** Of the bundles that voxwatch exports, weights and all. */
export const BUNDLE_LICENCE = 'Apache-2.0';

/** What of a bundle stands in each of its files. */
export type StampedBundle = Pick<TrainedManifest, 'name' | 'version' | 'recipe' | 'labels' | 'intendedUse'>;

export interface StampedStage {
  readonly name: string;
  readonly intensity: StageIntensity;
  /** Labels of the bundle that the stage gives, in the order of its channels or outputs. */
  readonly labels: readonly number[];
  /** Of a stage in millimetres. */
  readonly spacingMm?: number;
}

/** Keys and values, always in the same order. */
export function stageMetadata(bundle: StampedBundle, { name, intensity, labels, spacingMm }: StampedStage): Record<string, string> {
  const labelName = (index: number): string => bundle.labels.find((label) => label.index === index)?.name ?? 'background';
  return {
    bundle: `${bundle.name} ${bundle.version}`,
    version: bundle.version,
    recipe: bundle.recipe,
    stage: name,
    labels: JSON.stringify(labels.map(labelName)),
    intensity: JSON.stringify(intensity),
    orientation: "axial slices, patient's right on the left, front at the top",
    ...(spacingMm === undefined ? {} : { spacingMm: JSON.stringify(spacingMm) }),
    licence: BUNDLE_LICENCE,
    intendedUse: bundle.intendedUse,
    notice: 'Not a medical device.',
  };
}
