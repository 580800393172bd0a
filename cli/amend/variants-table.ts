/**
 * The variants of a bundle → what a terminal shows of their certificates.
 * @module
 */
import type { ModelManifest } from '../../core/model-manifest.ts';
import { formatTable } from '../table.ts';

/** Stages first, then the whole bundle. */
export function variantsTable({ name, version, stages, variants = [], defaultPrecision = {} }: ModelManifest): string {
  const written = `${name} ${version} was written.\n`;
  if (variants.length === 0) return written;
  const ofStages = stages.flatMap((stage) =>
    (stage.variants ?? []).map(({ precision, certificate }) => [
      stage.name,
      precision,
      certificate.agreement.toFixed(4),
      `${certificate.labelDisagreements} of ${certificate.pixels}`,
      `${certificate.variantMs} (fp32 ${certificate.fp32Ms})`,
      (certificate.fp32Ms / certificate.variantMs).toFixed(2),
    ]),
  );
  const ofBundle = variants.flatMap(({ precision, results }) =>
    results.map(({ of, on, cases, fp32Dice, variantDice, agreement }) => [
      precision,
      of,
      `${cases} ${on}`,
      fp32Dice?.toFixed(4) ?? '–',
      variantDice?.toFixed(4) ?? '–',
      agreement.toFixed(4),
    ]),
  );
  const runs = Object.entries(defaultPrecision).map(([provider, precision]) => `${precision} runs on ${provider}.\n`);
  return [
    written,
    formatTable(['stage', 'precision', 'Dice against fp32', 'labels that differ', 'ms a slice', 'times as fast'], ofStages),
    formatTable(['precision', 'of', 'on', 'Dice, fp32', 'Dice', 'against fp32'], ofBundle),
    ...runs,
  ].join('');
}
