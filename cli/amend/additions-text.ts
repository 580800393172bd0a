/**
 * What a bundle has beside its networks in fp32 → what a terminal shows of it.
 * @module
 */
import type { ModelManifest } from '../../core/model-manifest.ts';
import { type BundleVariant, LARGEST_DEFAULT_LOSS } from '../../core/model-variants.ts';
import { formatTable } from '../table.ts';

/** Variants with their certificates, stages first, then the whole bundle; networks for WebGPU; the domain. */
export function additionsText(manifest: ModelManifest): string {
  const { stages, variants = [], defaultPrecision = {}, domain } = manifest;
  const runs = Object.entries(defaultPrecision).map(([provider, precision]) => `${precision} runs on ${provider}.\n`);
  const int32 = stages.flatMap((stage) => [stage, ...(stage.variants ?? [])].flatMap((one) => (one.int32 ? [one.int32.file] : [])));
  return [
    ...(variants.length > 0 ? [stagesTable(manifest), bundleTable(variants), ...variants.map(lossLine), ...runs] : []),
    ...(int32.length > 0 ? [`Networks for WebGPU: ${int32.join(', ')}.\n`] : []),
    ...(domain
      ? [`Made for pixels of ${domain.pixelMm.join(' to ')} mm, slices ${domain.sliceStepMm.join(' to ')} mm apart.\n`]
      : []),
  ].join('');
}

function stagesTable({ stages }: ModelManifest): string {
  const rows = stages.flatMap((stage) =>
    (stage.variants ?? []).map(({ precision, certificate }) => [
      stage.name,
      precision,
      certificate.agreement.toFixed(4),
      `${certificate.labelDisagreements} of ${certificate.pixels}`,
      `${certificate.foregroundPixels ?? '–'}`,
      `${certificate.variantMs} (fp32 ${certificate.fp32Ms})`,
      (certificate.fp32Ms / certificate.variantMs).toFixed(2),
    ]),
  );
  const head = ['stage', 'precision', 'Dice against fp32', 'labels that differ', 'marked by fp32', 'ms a slice', 'times as fast'];
  return formatTable(head, rows);
}

function bundleTable(variants: readonly BundleVariant[]): string {
  const rows = variants.flatMap(({ precision, results }) =>
    results.map(({ of, on, cases, fp32Dice, variantDice, agreement }) => [
      precision,
      of,
      on,
      `${cases}`,
      fp32Dice?.toFixed(4) ?? '–',
      variantDice?.toFixed(4) ?? '–',
      agreement.toFixed(4),
    ]),
  );
  return formatTable(['precision', 'of', 'on', 'scans', 'Dice, fp32', 'Dice', 'against fp32'], rows);
}

function lossLine({ precision, largestLoss }: BundleVariant): string {
  const mayBe = largestLoss <= LARGEST_DEFAULT_LOSS ? 'it may be a default' : `too much for a default (${LARGEST_DEFAULT_LOSS})`;
  return `${precision}: Dice falls by ${largestLoss} at most; ${mayBe}.\n`;
}
