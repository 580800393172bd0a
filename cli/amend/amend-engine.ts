/**
 * Scans and ONNX Runtime → what amending a bundle asks for.
 * @module
 */
import type { FusedStage, ModelManifest } from '../../core/model-manifest.ts';
import type { VariantPrecision } from '../../core/model-variants.ts';
import type { StageSlice } from '../../export/stage-slice.ts';
import type { AmendEngine, BundleFiles } from '../../export/variants/amend-bundle.ts';
import type { BundleSource } from '../../runtime/bundle.ts';
import { segmentGolden } from '../golden-slice.ts';
import type { OnnxReference } from '../onnx-reference.ts';
import { millimetreParitySlices, paritySlices } from '../parity-slices.ts';
import { storedSlices } from '../replay-slices.ts';
import type { AmendStep } from './amend-progress.ts';
import { compareMasks, type Masks, masksOf } from './compare-bundle.ts';
import type { ScanSet } from './variant-scans.ts';

/** @param onStep - Told of what takes long, before it begins. */
export function createAmendEngine(
  manifest: ModelManifest,
  sets: readonly ScanSet[],
  { reference, onStep = () => {} }: { readonly reference: OnnxReference; readonly onStep?: (step: AmendStep) => void },
): AmendEngine {
  /** Of fp32, which every variant is compared with. */
  let fp32: Promise<Masks> | undefined;
  return {
    run: reference.run,
    runValues: reference.runValues,
    slicesOf(stage) {
      onStep({ step: 'stage', stage: stage.name });
      return {
        description: `slices of ${sets.map(({ what }) => what).join(' and ')}`,
        slices: sets.flatMap(({ scans }) => scans.flatMap(({ volume }) => slicesOf(stage, volume))),
      };
    },
    replaySlices: storedSlices,
    segmentGolden: (files, golden, precision) => segmentGolden(sourceOf(files), golden, precision),
    async compareBundle(files, precision: VariantPrecision) {
      const source = sourceOf(files);
      fp32 ??= masksOf(source, sets, { precision: 'fp32', onStep });
      return compareMasks(manifest, sets, await fp32, await masksOf(source, sets, { precision, onStep }));
    },
  };
}

function slicesOf(stage: FusedStage, volume: ScanSet['scans'][number]['volume']): StageSlice[] {
  return stage.space === 'pixels' ? paritySlices(volume, stage.region) : millimetreParitySlices(volume, stage.spacingMm);
}

function sourceOf(files: BundleFiles): BundleSource {
  return {
    async readFile(name) {
      const bytes = files.get(name);
      if (bytes === undefined) throw new Error('there is no such file');
      return bytes;
    },
  };
}
