/**
 * A bundle in two precisions over whole scans, as users run it → how far the variant falls behind.
 * @module
 */
import type { ModelManifest } from '../../core/model-manifest.ts';
import type { BundleVariant, VariantPrecision } from '../../core/model-variants.ts';
import { countOverlap, diceScore, emptyCounts } from '../../core/overlap.ts';
import { type BundleSource, loadBundle } from '../../runtime/bundle.ts';
import { segment } from '../../runtime/segment.ts';
import { nodeSessions } from '../../runtime/sessions/session-node.ts';
import type { AmendStep } from './amend-progress.ts';
import type { ScanSet } from './variant-scans.ts';

/** Labels that are scored together. */
interface Part {
  readonly of: string;
  readonly labels: readonly number[];
}

/** Masks of all scans by one precision, in the order of the sets. */
export type Masks = readonly (readonly Uint8Array[])[];

/** Segments all scans on the CPU. */
export async function masksOf(
  source: BundleSource,
  sets: readonly ScanSet[],
  { precision, onStep }: { readonly precision: 'fp32' | VariantPrecision; readonly onStep: (step: AmendStep) => void },
): Promise<Masks> {
  const bundle = await loadBundle(source, { openSessions: nodeSessions({ providers: ['cpu'] }), precision });
  try {
    const of = sets.reduce((count, { scans }) => count + scans.length, 0);
    let number = 0;
    const masks: Uint8Array[][] = [];
    for (const { scans } of sets) {
      const own: Uint8Array[] = [];
      for (const { volume } of scans) {
        number++;
        onStep({ step: 'scan', precision, number, of });
        own.push((await segment(bundle, volume)).labelMap.labels);
      }
      masks.push(own);
    }
    return masks;
  } finally {
    await bundle.release();
  }
}

/** A line of the certificate for each set and part that is there. */
export function compareMasks(
  manifest: ModelManifest,
  sets: readonly ScanSet[],
  fp32: Masks,
  variant: Masks,
): BundleVariant['results'] {
  return sets.flatMap(({ what, scans }, n) =>
    partsOf(manifest).flatMap((part) => {
      const pairs = scans.map(({ truth }, c) => ({
        truth,
        fp32: fp32[n]?.[c] as Uint8Array,
        variant: variant[n]?.[c] as Uint8Array,
      }));
      const agreement = mean(pairs.map((pair) => dice(pair.variant, pair.fp32, part.labels)));
      // A case without the part in its truth has no Dice.
      const scored = pairs.flatMap(({ truth, ...masks }) =>
        truth?.some((label) => part.labels.includes(label)) ? [{ truth, ...masks }] : [],
      );
      const isUnlabelled = scans.every(({ truth }) => truth === undefined);
      if (scored.length === 0 && !isUnlabelled) return [];
      const scores =
        scored.length === 0
          ? {}
          : {
              fp32Dice: mean(scored.map((one) => dice(one.fp32, one.truth, part.labels))),
              variantDice: mean(scored.map((one) => dice(one.variant, one.truth, part.labels))),
            };
      return [{ of: part.of, on: what, cases: scored.length || pairs.length, ...scores, agreement }];
    }),
  );
}

/** The organ with its lesion, as it is scored everywhere, and the lesion. */
function partsOf({ labels, organLabel, lesionLabel }: ModelManifest): Part[] {
  const nameOf = (index: number | undefined): string => labels.find((label) => label.index === index)?.name ?? '';
  const all = labels.map(({ index }) => index);
  const whole =
    organLabel !== undefined && lesionLabel !== undefined ? `${nameOf(organLabel)} with ${nameOf(lesionLabel)}` : nameOf(all[0]);
  return [
    { of: whole, labels: all },
    ...(organLabel !== undefined && lesionLabel !== undefined ? [{ of: nameOf(lesionLabel), labels: [lesionLabel] }] : []),
  ];
}

/** Two masks without a voxel are the same. */
function dice(mask: Uint8Array, other: Uint8Array, labels: readonly number[]): number {
  const counts = emptyCounts();
  countOverlap(counts, mask, other, labels);
  return counts.truePositive + counts.falsePositive + counts.falseNegative === 0 ? 1 : diceScore(counts);
}

function mean(values: readonly number[]): number {
  return Number((values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(4));
}
