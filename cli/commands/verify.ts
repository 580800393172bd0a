/**
 * `voxwatch verify`: is this bundle the one that was made, and does it give here what it gave there?
 * @module
 */
import type { Command } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { bundleFolder } from '../../daemon/job/bundle-folder.ts';
import { sha256Hex } from '../../export/bundle.ts';
import { type BundleSource, readManifest } from '../../runtime/bundle.ts';
import { findBundles } from '../find-bundles.ts';
import { segmentGolden } from '../golden-slice.ts';

/** One thing that was checked; `failure` says why it does not hold. */
export interface BundleCheck {
  readonly name: string;
  readonly failure?: { readonly code: 'BUNDLE_INVALID' | 'BUNDLE_CHECKSUM' | 'PARITY_FAILED'; readonly message: string };
}

export function define(command: Command): void {
  command.argument('<bundle>', 'name or folder of a bundle').option('--json', 'print one JSON document').action(verify);
}

async function verify(bundle: string, { json }: { readonly json?: boolean }): Promise<void> {
  const [found] = await findBundles([bundle]);
  const source = bundleFolder((found as NonNullable<typeof found>).dir);
  const { manifest } = await readManifest(source);
  const checks = await checkBundle(source);
  const failed = checks.find(({ failure }) => failure !== undefined)?.failure;
  const document = { bundle: manifest.name, version: manifest.version, ok: failed === undefined, checks };
  process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : checks.map(line).join(''));
  if (failed) throw new VoxwatchError(failed.code, failed.message);
}

/**
 * Checks each stage's file and the golden slice by their digests, then runs the golden slice on the CPU; that only
 * where all files are the right ones.
 */
export async function checkBundle(source: BundleSource): Promise<readonly BundleCheck[]> {
  const { manifest } = await readManifest(source);
  const checks = await checkBundleFiles(source);
  if (checks.some(({ failure }) => failure)) return checks;
  const labels = await segmentGolden(source, await source.readFile(manifest.golden.file));
  const name = 'labels of the golden slice';
  const message = 'The bundle does not give the labels on this machine that it gave where it was made.';
  const isSame = sha256Hex(labels) === manifest.golden.labelsSha256;
  return [...checks, isSame ? { name } : { name, failure: { code: 'PARITY_FAILED', message } }];
}

/** Checks the files of a bundle by their digests, and runs nothing. */
export async function checkBundleFiles(source: BundleSource): Promise<readonly BundleCheck[]> {
  const { manifest } = await readManifest(source);
  const checks: BundleCheck[] = [];
  for (const { name, int32, ...stage } of manifest.stages) {
    checks.push(await checkFile(source, `network of stage ${name}`, stage));
    if (int32) checks.push(await checkFile(source, `int32 network of stage ${name}`, int32));
  }
  checks.push(await checkFile(source, 'golden slice', manifest.golden));
  return checks;
}

async function checkFile(
  source: BundleSource,
  name: string,
  { file, sha256 }: { file: string; sha256: string },
): Promise<BundleCheck> {
  const bytes = await source.readFile(file).catch(() => undefined);
  if (bytes === undefined) return { name, failure: { code: 'BUNDLE_INVALID', message: `The ${name} is missing from its bundle.` } };
  if (sha256Hex(bytes) === sha256) return { name };
  return {
    name,
    failure: { code: 'BUNDLE_CHECKSUM', message: `The ${name} is not the one its manifest was written for: the sha256 differs.` },
  };
}

function line({ name, failure }: BundleCheck): string {
  return failure ? `FAIL  ${name}: ${failure.message}\n` : `ok    ${name}\n`;
}
