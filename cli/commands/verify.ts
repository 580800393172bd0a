/**
 * `voxwatch verify`: is this bundle the one that was made, and does it give here what it gave there, and what was trained?
 * @module
 */
import type { Command } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import type { ModelManifest } from '../../core/model-manifest.ts';
import { bundleFolder } from '../../daemon/job/bundle-folder.ts';
import { sha256Hex } from '../../export/bundle.ts';
import { readNiftiLabels } from '../../formats/nifti/read-nifti.ts';
import { type BundleSource, readManifest } from '../../runtime/bundle.ts';
import { goldenDifference } from '../../runtime/prove-golden.ts';
import { findBundles } from '../find-bundles.ts';
import { segmentGolden } from '../golden-slice.ts';
import { trustLine, trustOfProviders } from '../trust.ts';

/** One thing that was checked; `failure` says why it does not hold. */
export interface BundleCheck {
  readonly name: string;
  /** What holds, but not to the last voxel. */
  readonly note?: string;
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
  // A file that is not the right one says nothing of a provider.
  const areFilesRight = checks.every(({ failure }) => failure === undefined || failure.code === 'PARITY_FAILED');
  const trust = areFilesRight ? await trustOfProviders(source, manifest) : [];
  const unproved = trust.find(({ isHere, isTrusted }) => isHere && !isTrusted);
  const isOk = failed === undefined && unproved === undefined;
  const document = { bundle: manifest.name, version: manifest.version, ok: isOk, checks, providers: trust };
  const text = [...checks.map(line), ...trust.map(trustLine)].join('');
  process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : text);
  if (unproved && !failed) {
    const what = `${unproved.precision} on ${unproved.provider}`;
    throw new VoxwatchError('PARITY_FAILED', `The bundle may not be trusted on this machine with ${what}: ${unproved.reason}`);
  }
  if (failed) throw new VoxwatchError(failed.code, failed.message);
}

/**
 * Checks each file by its digest, then runs the golden slice on the CPU; that only
 * where all files are the right ones.
 */
export async function checkBundle(source: BundleSource): Promise<readonly BundleCheck[]> {
  const { manifest } = await readManifest(source);
  const checks = await checkBundleFiles(source);
  if (checks.some(({ failure }) => failure)) return checks;
  return [...checks, await checkGoldenLabels(source, manifest.golden)];
}

/** The digest decides; where the bundle brings its golden labels, a few near ties of this processor are let pass and said. */
async function checkGoldenLabels(source: BundleSource, golden: ModelManifest['golden']): Promise<BundleCheck> {
  const name = 'labels of the golden slice';
  const made = golden.labels && readNiftiLabels(await source.readFile(golden.labels.file)).labels;
  if (made && sha256Hex(made) !== golden.labelsSha256) {
    const contradiction = 'The labels of the golden slice in this bundle are not those of its manifest.';
    return { name, failure: { code: 'BUNDLE_INVALID', message: contradiction } };
  }
  const { labels } = await segmentGolden(source, await source.readFile(golden.file));
  if (sha256Hex(labels) === golden.labelsSha256) return { name };
  const message = 'The bundle does not give the labels on this machine that it gave where it was made.';
  if (made === undefined) return { name, failure: { code: 'PARITY_FAILED', message } };
  const { differing, foreground, isNearTies } = goldenDifference(labels, made);
  const count = `${differing} voxels differ, of ${foreground} in the foreground`;
  if (isNearTies) return { name, note: `${count}: near ties, summed in another order than where it was made` };
  return { name, failure: { code: 'PARITY_FAILED', message: `${message} (${count}.)` } };
}

/** Checks the files of a bundle by their digests, and runs nothing. */
export async function checkBundleFiles(source: BundleSource): Promise<readonly BundleCheck[]> {
  const { manifest } = await readManifest(source);
  const checks: BundleCheck[] = [];
  for (const { name, int32, variants = [], ...stage } of manifest.stages) {
    checks.push(await checkFile(source, `network of stage ${name}`, stage));
    if (int32) checks.push(await checkFile(source, `int32 network of stage ${name}`, int32));
    for (const { precision, int32: ofVariant, ...variant } of variants) {
      checks.push(await checkFile(source, `${precision} network of stage ${name}`, variant));
      if (ofVariant) checks.push(await checkFile(source, `int32 ${precision} network of stage ${name}`, ofVariant));
    }
  }
  const replay = manifest.origin ? undefined : manifest.parity.replay;
  if (replay) checks.push(await checkFile(source, 'values of the trained networks', replay));
  const { labels, ...slice } = manifest.golden;
  checks.push(await checkFile(source, 'golden slice', slice));
  if (labels) checks.push(await checkFile(source, 'stored labels of the golden slice', labels));
  for (const { precision, golden } of manifest.variants ?? [])
    checks.push(await checkFile(source, `stored ${precision} labels of the golden slice`, golden.labels));
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

function line({ name, note, failure }: BundleCheck): string {
  return failure ? `FAIL  ${name}: ${failure.message}\n` : `ok    ${name}${note ? ` (${note})` : ''}\n`;
}
