/**
 * A discovered series → its volume. Files are read again: what changed since discovery is refused, not guessed.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { asVoxwatchError, type ErrorCode, VoxwatchError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { createVolume, type GridGeometry, type Volume, voxelCount } from '../../core/volume.ts';
import { decodePixels } from '../../formats/dicom/decode-pixels.ts';
import { type DicomInstance, type PixelFormat, readInstances } from '../../formats/dicom/instance.ts';
import { type DicomFile, parseFile } from '../../formats/dicom/parse-file.ts';
import { groupSeries } from '../../formats/dicom/series.ts';
import { padWithAir, rescaleToHu } from '../../formats/dicom/slice-hu.ts';
import type { NiftiSpace } from '../../formats/nifti/nifti-space.ts';
import { readNifti } from '../../formats/nifti/read-nifti.ts';
import type { DiscoveredSeries } from './discovered-series.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { slicesDigest } from './slices-digest.ts';

/** What a series holds. */
export interface ReadVolume {
  /** int16 HU; pixel padding is −1024. */
  readonly volume: Volume;
  readonly findings: readonly Finding[];
  /**
   * Hex digest of what was read, whatever the files are called: sorted SOP Instance UIDs and HU (DICOM), HU and affine
   * (NIfTI).
   */
  readonly inputSha256: string;
  /** NIfTI only: for the writers, so that a mask carries the same orientation fields. */
  readonly niftiSpace?: NiftiSpace;
  readonly source: {
    readonly kind: 'dicom' | 'nifti';
    /** A NIfTI does not say. */
    readonly modality: 'CT' | 'unknown';
    readonly bodyPart?: string;
  };
}

/** Codes that a file cannot give if it is still what discovery saw. */
const CHANGED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INPUT_TRUNCATED',
  'INPUT_EMPTY',
  'INPUT_CORRUPT',
  'INPUT_UNKNOWN_FORMAT',
  'DICOM_INVALID',
]);

/**
 * Reads a series.
 * @throws {VoxwatchError} the series' own refusal; `INPUT_CHANGED` if files vanished or are not what they were;
 *   `DICOM_TRANSFER_SYNTAX`, `DICOM_PIXELS`, and what the NIfTI reader throws.
 */
export async function readVolume(series: DiscoveredSeries): Promise<ReadVolume> {
  if (series.refusal) throw new VoxwatchError(series.refusal.code, series.refusal.message);
  return series.kind === 'nifti' ? readNiftiSeries(series) : readDicomSeries(series);
}

async function readNiftiSeries({ files }: DiscoveredSeries): Promise<ReadVolume> {
  const header = files.find((file) => !/\.img(\.gz)?$/i.test(file)) as string;
  const image = files.find((file) => file !== header);
  const bytes = await stillThere(readFile(header));
  const imageBytes = image === undefined ? undefined : await stillThere(readFile(image));
  const { volume, space, findings } = unchanged(() => readNifti(bytes, imageBytes));
  const digest = createHash('sha256');
  digest.update(bytesOf(volume.hu));
  digest.update(bytesOf(Float64Array.from(volume.geometry.voxelToWorld)));
  return {
    volume,
    findings,
    inputSha256: digest.digest('hex'),
    niftiSpace: space,
    source: { kind: 'nifti', modality: 'unknown' },
  };
}

/** Two passes, headers then pixels: so slices decode straight to their place, and files are never all in memory. */
async function readDicomSeries({ files, slicesDigest: wanted }: DiscoveredSeries): Promise<ReadVolume> {
  const fileOf = new Map<string, string>();
  const headers = await mapConcurrently(files, async (file) => {
    const { instances } = await readOne(file);
    for (const { sopInstanceUid } of instances) fileOf.set(sopInstanceUid, file);
    return instances;
  });
  const found = groupSeries(headers.flat());
  // Several only where a multi-frame file holds slices of several.
  const series = found.length === 1 ? found[0] : found.find(({ instances }) => slicesDigest(instances) === wanted);
  if (!series?.geometry) throw changed();
  const { instances, geometry } = series;
  const hu = new Int16Array(voxelCount(geometry));
  const slicesOf = new Map<string, number[]>();
  for (const [k, { sopInstanceUid }] of instances.entries()) {
    const file = fileOf.get(sopInstanceUid) as string;
    const slices = slicesOf.get(file);
    if (slices) slices.push(k);
    else slicesOf.set(file, [k]);
  }
  let contradictions = 0;
  // A file is read once, however many of its frames are wanted.
  await mapConcurrently([...slicesOf], async ([file, slices]) => {
    const { instances: frames, parsed } = await readOne(file);
    const frameAt = new Map(frames.map((frame) => [frame.frameIndex, frame]));
    for (const k of slices) {
      const { sopInstanceUid, frameIndex } = instances[k] as DicomInstance;
      const frame = frameAt.get(frameIndex);
      if (frame?.sopInstanceUid !== sopInstanceUid) throw changed();
      if (!(await readSlice(frame, parsed, sliceOf(hu, geometry, k)))) contradictions++;
    }
  });
  const bodyPart = instances[0]?.bodyPart;
  return {
    volume: createVolume(geometry, hu),
    findings: [...series.findings, ...contradictionFindings(contradictions)],
    inputSha256: digestOf(instances, hu),
    source: { kind: 'dicom', modality: 'CT', ...(bodyPart ? { bodyPart } : {}) },
  };
}

async function readOne(file: string): Promise<{ instances: DicomInstance[]; parsed: DicomFile }> {
  const bytes = await stillThere(readFile(file));
  return unchanged(() => {
    const parsed = parseFile(bytes);
    return { instances: readInstances(parsed), parsed };
  });
}

/** @returns whether the compressed picture is what the header says. */
async function readSlice(instance: DicomInstance, { pixels }: DicomFile, hu: Int16Array): Promise<boolean> {
  const { stored, isAsDeclared } = await decodePixels(instance, pixels);
  if (stored.length !== hu.length) throw changed();
  const format = instance.format as PixelFormat;
  rescaleToHu(stored, format, hu);
  padWithAir(stored, format, hu);
  return isAsDeclared;
}

function contradictionFindings(slices: number): Finding[] {
  if (slices === 0) return [];
  const message = `In ${slices} slices the compressed picture has another sign or depth than the header says: the picture was believed.`;
  return [{ code: 'PIXELS_NOT_AS_DECLARED', severity: 'warning', message }];
}

function sliceOf(hu: Int16Array, { sizeVoxels: [i, j] }: GridGeometry, k: number): Int16Array {
  return hu.subarray(k * i * j, (k + 1) * i * j);
}

function digestOf(instances: readonly DicomInstance[], hu: Int16Array): string {
  const uids = [...new Set(instances.map(({ sopInstanceUid }) => sopInstanceUid))].sort();
  return createHash('sha256').update(uids.join('\n')).update(bytesOf(hu)).digest('hex');
}

function bytesOf({ buffer, byteOffset, byteLength }: Int16Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function stillThere<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (thrown) {
    throw changed(thrown);
  }
}

function unchanged<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    const error = asVoxwatchError(thrown);
    throw CHANGED.has(error.code) ? changed(error) : error;
  }
}

function changed(cause?: unknown): VoxwatchError {
  return new VoxwatchError(
    'INPUT_CHANGED',
    'Files of the series changed or vanished while it was being read: it is looked at again at the next scan.',
    {},
    cause,
  );
}
