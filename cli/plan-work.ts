/**
 * The daemon's options → its plan: the rules, with every bundle that they name found.
 * @module
 */
import { createHash } from 'node:crypto';
import type { DaemonConfig } from '../daemon/config.ts';
import { PIPELINE_VERSION } from '../daemon/results/software.ts';
import type { WorkPlan } from '../daemon/rules/work-plan.ts';
import { type FoundBundle, findBundles } from './find-bundles.ts';

/** @throws {VoxwatchError} `BUNDLE_NOT_FOUND`, `BUNDLE_INVALID`. */
export async function planWork({
  models,
  rules,
  overlays,
}: Pick<DaemonConfig, 'models' | 'rules' | 'overlays'>): Promise<WorkPlan> {
  const named = [...new Set(rules.series?.flatMap(({ bundles }) => bundles ?? []) ?? [])];
  // Where every rule names its bundles, there need be no default one.
  const needsDefaults = rules.series?.every(({ bundles }) => bundles !== undefined) !== true;
  const defaults = needsDefaults ? await findBundles(models) : [];
  const found = named.length > 0 ? await findBundles(named) : [];
  const planned = ({ dir, manifestSha256 }: FoundBundle) => ({ dir, manifestSha256 });
  const nameOf = (bundle: FoundBundle, index: number): string => models[index] ?? bundle.manifest.name;
  return {
    rules,
    defaultBundles: defaults.map(nameOf),
    bundles: new Map([
      ...defaults.map((bundle, index) => [nameOf(bundle, index), planned(bundle)] as const),
      ...found.map((bundle, index) => [named[index] as string, planned(bundle)] as const),
    ]),
    workKey: createHash('sha256')
      .update(JSON.stringify([PIPELINE_VERSION, overlays]))
      .digest('hex'),
  };
}
