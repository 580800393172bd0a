/**
 * Are the model bundles whole, and is one of them the default?
 * @module
 */
import { asVoxwatchError } from '../../../core/errors.ts';
import { bundleFolder } from '../../../daemon/job/bundle-folder.ts';
import { checkBundleFiles } from '../../commands/verify.ts';
import { listBundles } from '../../find-bundles.ts';
import { failed, ok, type Point } from '../point.ts';

const FETCH_AGAIN = 'Fetch the bundle again, or take its folder away.';

export interface BundleFacts {
  readonly name: string;
  readonly version: string;
  readonly isDefault: boolean;
  /** What is wrong with its files. */
  readonly failures: readonly string[];
}

/** @returns the bundles at hand, or why they cannot be listed. */
export async function readBundles(modelsDir?: string): Promise<readonly BundleFacts[] | { readonly failure: string }> {
  try {
    const facts = [];
    for (const { dir, manifest } of await listBundles(modelsDir)) {
      const checks = await checkBundleFiles(bundleFolder(dir));
      const failures = checks.flatMap(({ failure }) => (failure ? [failure.message] : []));
      const { name, version, isDefault } = manifest;
      facts.push({ name, version, isDefault, failures });
    }
    return facts;
  } catch (thrown) {
    return { failure: asVoxwatchError(thrown).message };
  }
}

/** One point a bundle, and one more where none is the default. */
export function checkBundles(facts: Awaited<ReturnType<typeof readBundles>>): readonly Point[] {
  if ('failure' in facts) return [failed('bundles', facts.failure, FETCH_AGAIN)];
  const points = facts.map(({ name, version, isDefault, failures }) => {
    const title = `bundle ${name}`;
    if (failures.length > 0) return failed(title, failures.join(' '), FETCH_AGAIN);
    return ok(title, `${version}${isDefault ? ', default' : ''}, digests right`);
  });
  if (facts.some(({ isDefault }) => isDefault)) return points;
  return [...points, failed('bundles', 'none is the default', 'Fetch a bundle, or name one with --model.')];
}
