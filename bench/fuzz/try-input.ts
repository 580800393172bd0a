/**
 * One damaged input through every function that reads it → how that ended. Nothing but a `refused` error may come out.
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import { readVolume } from '../../daemon/intake/read-volume.ts';
import { decodePixels } from '../../formats/dicom/decode-pixels.ts';
import { type DicomInstance, readInstances } from '../../formats/dicom/instance.ts';
import { type DicomFile, parseFile } from '../../formats/dicom/parse-file.ts';
import { groupSeries } from '../../formats/dicom/series.ts';
import { padWithAir, rescaleToHu } from '../../formats/dicom/slice-hu.ts';
import { readNifti, readNiftiHeader, readNiftiLabels } from '../../formats/nifti/read-nifti.ts';
import { sniff } from '../../formats/sniff.ts';

/** Codes met on the way (each once), and what must not have happened, with its stack. */
export interface Outcome {
  readonly codes: readonly string[];
  readonly faults: readonly string[];
}

class Watcher {
  readonly codes = new Set<string>();
  readonly faults: string[] = [];

  /** Runs a reader; gives nothing where it refuses. */
  async watch<T>(read: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (thrown) {
      if (thrown instanceof VoxwatchError) this.refusedWith(thrown, String(thrown.stack));
      else this.faults.push(thrown instanceof Error ? String(thrown.stack) : `thrown: ${String(thrown)}`);
      return undefined;
    }
  }

  /** A refusal that is returned, not thrown. */
  refusedWith({ code, message }: { code: string; message: string }, from: string): void {
    this.codes.add(code);
    const kind = new VoxwatchError(code as VoxwatchError['code'], message).kind;
    if (kind !== 'refused') this.faults.push(`${code} (${kind}) ${from}`);
  }

  expect(isTrue: boolean, what: string): void {
    if (!isTrue) this.faults.push(`broken promise: ${what}`);
  }

  outcome(): Outcome {
    return { codes: this.codes.size > 0 ? [...this.codes] : ['read'], faults: this.faults };
  }
}

/** A series, some of its files damaged. */
export async function tryDicom(files: readonly Uint8Array[]): Promise<Outcome> {
  const watcher = new Watcher();
  const parsed = new Map<DicomInstance, DicomFile>();
  for (const bytes of files) {
    await watcher.watch(() => sniff(bytes, 'image.dcm'));
    const file = await watcher.watch(() => parseFile(bytes));
    const instances = file && (await watcher.watch(() => readInstances(file)));
    for (const instance of instances ?? []) parsed.set(instance, file as DicomFile);
  }
  for (const series of (await watcher.watch(() => groupSeries([...parsed.keys()]))) ?? []) {
    if (series.refusal) watcher.refusedWith(series.refusal, 'as refusal of a series');
    watcher.expect((series.geometry === undefined) === (series.refusal !== undefined), 'a series has a geometry or a refusal');
  }
  for (const [instance, { pixels }] of parsed) {
    await watcher.watch(async () => {
      const { stored } = await decodePixels(instance, pixels);
      const { format } = instance;
      if (!format) return;
      watcher.expect(stored.length === format.rows * format.columns, 'as many pixels as rows × columns');
      const hu = new Int16Array(stored.length);
      rescaleToHu(stored, format, hu);
      padWithAir(stored, format, hu);
    });
  }
  return watcher.outcome();
}

/** A NIfTI; of a pair, header and image. */
export async function tryNifti([bytes, image]: readonly Uint8Array[]): Promise<Outcome> {
  const watcher = new Watcher();
  if (!bytes) return watcher.outcome();
  await watcher.watch(() => sniff(bytes, 'image.nii.gz'));
  await watcher.watch(() => readNiftiHeader(bytes));
  const read = await watcher.watch(() => readNifti(bytes, image));
  if (read) {
    const { hu, geometry } = read.volume;
    const [i, j, k] = geometry.sizeVoxels;
    watcher.expect(hu.length === i * j * k, 'as many voxels as the size says');
    watcher.expect(geometry.voxelToWorld.every(Number.isFinite), 'a finite affine');
    await watcher.watch(() => readNiftiLabels(bytes));
  }
  return watcher.outcome();
}

/** The same files from a folder, as the commands and the daemon read them. */
export async function tryFolder(files: readonly Uint8Array[], names: readonly string[]): Promise<Outcome> {
  const watcher = new Watcher();
  const folder = await mkdtemp(path.join(tmpdir(), 'voxwatch-fuzz-'));
  try {
    await Promise.all(files.map((bytes, n) => writeFile(path.join(folder, names[n] ?? `${n}.dcm`), bytes)));
    const discovery = await watcher.watch(() => discoverSeries(folder));
    for (const setAside of discovery?.setAside ?? []) watcher.refusedWith(setAside, 'as reason of a file set aside');
    for (const series of discovery?.series ?? []) await watcher.watch(() => readVolume(series));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return watcher.outcome();
}
