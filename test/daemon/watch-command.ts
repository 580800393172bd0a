/** The compiled `voxwatch watch` as its own process, on studies and a bundle made for the test. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAIN, startWatch as startProcess, type WatchProcess } from '../../bench/daemon/watch-process.ts';
import { affineFromColumns } from '../../core/affine.ts';
import { writeCtSeries } from '../../formats/dicom/write-instance.ts';
import { writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { writeTinyBundle } from '../runtime/make-tiny-bundle.ts';
import { makeVolume } from '../runtime/make-volume.ts';

/** The words that every series needs. */
const WORDS = { seriesDescription: 'phantom', convolutionKernel: 'standard' };

export { MAIN };

export interface Site {
  readonly input: string;
  readonly out: string;
  readonly bundle: string;
}

export async function makeSite(root: string): Promise<Site> {
  const site = { input: join(root, 'in'), out: join(root, 'out'), bundle: join(root, 'bundle') };
  mkdirSync(site.input);
  await writeTinyBundle(site.bundle);
  return site;
}

const PHANTOM_SLICES = 16;

/** A box of "kidney" with a "tumour" in it; every seed another one. */
function phantom(seed: number) {
  return makeVolume(
    [48, 48, PHANTOM_SLICES],
    [
      { from: [10, 10, 2], to: [30, 30, 12], hu: 150 },
      { from: [15, 15, 4 + (seed % 5)], to: [22, 22, 10], hu: 250 },
    ],
    affineFromColumns([2, 0, 0], [0, 2, 0], [0, 0, 3], [seed, 0, 0]),
  );
}

export function dropNifti(site: Site, name: string, seed: number): void {
  writeFileSync(join(site.input, `${name}.nii.gz`), writeNiftiVolume(phantom(seed)));
}

export function dropSeries(site: Site, name: string, seed: number): void {
  mkdirSync(join(site.input, name));
  for (const [n, bytes] of writeCtSeries(phantom(seed), { seed, ...WORDS }).entries()) {
    writeFileSync(join(site.input, name, `${String(n + 1).padStart(3, '0')}.dcm`), bytes);
  }
}

/** Starts the daemon with short waits; its log is collected. */
export function startWatch(site: Site, ...more: string[]): WatchProcess {
  if (!existsSync(MAIN)) throw new Error('dist/ is missing: run npm run build first.');
  return startProcess(site, '--model', site.bundle, '--overlays', 'all', ...more);
}

export function exitOf(child: ChildProcess): Promise<number | string | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode ?? child.signalCode);
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
}

/** Result folders that are whole, by name. */
export function wholeResults(site: Site): string[] {
  return visible(site.out).filter((name) => {
    if (name === 'rejected') return false;
    const folder = join(site.out, name);
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as { jobIdentity: string };
    return (
      report.jobIdentity !== '' &&
      existsSync(join(folder, 'mask.nii.gz')) &&
      readdirSync(join(folder, 'overlays')).length === PHANTOM_SLICES
    );
  });
}

export function visible(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir).filter((name) => !name.startsWith('.')) : [];
}
