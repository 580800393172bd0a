/**
 * The rules with the bundles that they name: what the daemon works by, until it is given another on SIGHUP.
 * @module
 */
import { createHash } from 'node:crypto';
import type { SeriesRules } from './rules-schema.ts';

export interface PlannedBundle {
  readonly dir: string;
  readonly manifestSha256: string;
}

export interface WorkPlan {
  readonly rules: SeriesRules;
  /** Bundles, as they are written, of rules that name none. */
  readonly defaultBundles: readonly string[];
  /** Every bundle that the rules or the defaults write, by how they write it. */
  readonly bundles: ReadonlyMap<string, PlannedBundle>;
  /** Digest of what else makes the result of the same files another one: version, options. */
  readonly workKey: string;
}

/** Folders of the bundles that a decision names, each once. */
export function bundleDirsOf({ bundles }: WorkPlan, names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => (bundles.get(name) as PlannedBundle).dir))];
}

/** Folders of all bundles, each once. */
export function allBundleDirs({ bundles }: WorkPlan): readonly string[] {
  return [...new Set([...bundles.values()].map(({ dir }) => dir))];
}

/** Identity of the job of an input with bundles: other bundles make another job of the same files. 32 hex digits. */
export function jobFingerprint({ bundles, workKey }: WorkPlan, inputFingerprint: string, names: readonly string[]): string {
  const manifests = names.map((name) => (bundles.get(name) as PlannedBundle).manifestSha256);
  return digest(['job', inputFingerprint, workKey, [...new Set(manifests)].sort()]);
}

/** Identity of what the rules said about an input: said once, it holds until the rules change. 32 hex digits. */
export function judgementFingerprint({ rules, defaultBundles }: WorkPlan, inputFingerprint: string): string {
  return digest(['judgement', inputFingerprint, rules, defaultBundles]);
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
