/**
 * `voxwatch models`: the bundles at hand.
 * @module
 */
import type { Command } from 'commander';
import type { ModelManifest } from '../../core/model-manifest.ts';
import { bundleFolder } from '../../daemon/job/bundle-folder.ts';
import { type FoundBundle, listBundles } from '../find-bundles.ts';
import { formatTable } from '../table.ts';
import { checkBundleFiles } from './verify.ts';

export function define(command: Command): void {
  command.option('--json', 'print one JSON document').action(async ({ json }: { json?: boolean }) => {
    const bundles: CheckedBundle[] = [];
    for (const found of await listBundles()) bundles.push({ ...found, failures: await failuresOf(found) });
    process.stdout.write(json ? `${JSON.stringify({ bundles: bundles.map(describe) }, null, 2)}\n` : modelsTable(bundles));
  });
}

/** A bundle, and what is wrong with its files: each is read and its digest compared; nothing is run. */
interface CheckedBundle extends FoundBundle {
  readonly failures: readonly string[];
}

async function failuresOf({ dir }: FoundBundle): Promise<string[]> {
  const checks = await checkBundleFiles(bundleFolder(dir));
  return checks.flatMap(({ failure }) => (failure ? [failure.message] : []));
}

function describe({ manifest, manifestSha256, sizeBytes, failures }: CheckedBundle): Record<string, unknown> {
  const { name, version, isDefault, labels, bodyParts, figures, reportedFigures, intendedUse, limits } = manifest;
  const names = labels.map((label) => ({ index: label.index, name: label.name }));
  return {
    name,
    version,
    origin: manifest.origin ?? {
      kind: 'trained',
      recipe: manifest.recipe,
      data: manifest.training.data,
      trainedAt: manifest.training.startedAt,
    },
    precisions: ['fp32', ...(manifest.variants ?? []).map(({ precision }) => precision)],
    filesVerify: failures.length === 0,
    failures,
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

function modelsTable(bundles: readonly CheckedBundle[]): string {
  if (bundles.length === 0) return 'No model bundle is installed.\n';
  const rows = bundles.map(({ manifest, sizeBytes, failures }) => [
    manifest.name + (manifest.isDefault ? ' (default)' : ''),
    manifest.version,
    originOf(manifest),
    manifest.labels.map(({ name }) => name).join(', '),
    `${(sizeBytes / 1e6).toFixed(1)} MB`,
    ['fp32', ...(manifest.variants ?? []).map(({ precision }) => precision)].join(' '),
    failures.length === 0 ? 'right' : `WRONG: ${failures.length}`,
    diceOf(manifest),
  ]);
  return formatTable(
    ['name', 'version', 'origin', 'labels', 'size', 'precision', 'digests', 'Dice (all figures: the model card)'],
    rows,
  );
}

/** The recipe and the day of the training, or who made it. */
function originOf(manifest: ModelManifest): string {
  return manifest.origin ? `by ${manifest.origin.madeBy}` : `${manifest.recipe}, ${manifest.training.startedAt.slice(0, 10)}`;
}

/** The first mean Dice of each region that the card has. */
function diceOf({ figures }: ModelManifest): string {
  const first = new Map<string, number>();
  for (const { metric, of, value } of figures) if (metric === 'dice, mean of cases' && !first.has(of)) first.set(of, value);
  return [...first].map(([of, value]) => `${of} ${value.toFixed(2)}`).join(', ');
}
