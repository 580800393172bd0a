/**
 * `voxwatch models`: the bundles at hand.
 * @module
 */
import type { Command } from 'commander';
import { type FoundBundle, listBundles } from '../find-bundles.ts';
import { formatTable } from '../table.ts';

export function define(command: Command): void {
  command.option('--json', 'print one JSON document').action(async ({ json }: { json?: boolean }) => {
    const bundles = await listBundles();
    process.stdout.write(json ? `${JSON.stringify({ bundles: bundles.map(describe) }, null, 2)}\n` : modelsTable(bundles));
  });
}

function describe({ manifest, manifestSha256, sizeBytes }: FoundBundle): Record<string, unknown> {
  const { name, version, isDefault, labels, bodyParts, figures, reportedFigures, intendedUse, limits } = manifest;
  const names = labels.map((label) => ({ index: label.index, name: label.name }));
  return {
    name,
    version,
    isDefault,
    labels: names,
    bodyParts,
    sizeBytes,
    manifestSha256,
    figures,
    reportedFigures,
    intendedUse,
    limits,
  };
}

function modelsTable(bundles: readonly FoundBundle[]): string {
  if (bundles.length === 0) return 'No model bundle is installed.\n';
  const rows = bundles.map(({ manifest, sizeBytes }) => [
    manifest.name + (manifest.isDefault ? ' (default)' : ''),
    manifest.version,
    manifest.labels.map(({ name }) => name).join(', '),
    `${(sizeBytes / 1e6).toFixed(1)} MB`,
    manifest.figures.map(({ metric, of, value }) => `${metric} ${of} ${value.toFixed(2)}`).join(', '),
  ]);
  return formatTable(['name', 'version', 'labels', 'size', 'figures (see the model card)'], rows);
}
