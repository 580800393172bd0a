/**
 * A discovered series → its volume. Files are read again: what changed since discovery is refused, not guessed.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { VoxwatchError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { createVolume, type GridGeometry, type Volume, voxelCount } from '../../core/volume.ts';
import type { DicomInstance } from '../../formats/dicom/instance.ts';
import { groupSeries } from '../../formats/dicom/series.ts';
import type { NiftiSpace } from '../../formats/nifti/nifti-space.ts';
import { readNifti } from '../../formats/nifti/read-nifti.ts';
import type { DiscoveredSeries } from './discovered-series.ts';
import { FileReader } from './file-reader.ts';
import { cachedHeader, type HeaderCache } from './header-cache.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { inputChanged, readSlices, stillThere, unchanged } from './read-slices.ts';
import { startSliceThreads } from './slice-threads.ts';
import { slicesDigest } from './slices-digest.ts';

/** What a series holds. */
export interface ReadVolume {
  /** int16 HU; pixel padding is −1024. */
  readonly volume: Volume;
  readonly findings: readonly Finding[];
  /**
   * Hex digest of what was read, whatever the files are called: sorted SOP Instance UIDs and HU (DICOM), HU and affine
   * (NIfTI). Computed when first asked for: not everybody needs it.
   */
  readonly inputSha256: () => string;
  /** NIfTI only: for the writers, so that a mask carries the same orientation fields. */
  readonly niftiSpace?: NiftiSpace;
  readonly source: {
    readonly kind: 'dicom' | 'nifti';
    /** A NIfTI does not say. */
    readonly modality: 'CT' | 'unknown';
    readonly bodyPart?: string;
  };
}

/** So few are not worth the start of threads. */
const FEW_COMPRESSED_SLICES = 12;

export interface ReadOptions {
  /** Headers that discovery has read: those of unchanged files are believed. */
  readonly cache?: HeaderCache;
}

/**
 * Reads a series.
 * @throws {VoxwatchError} the series' own refusal; `INPUT_CHANGED` if files vanished or are not what they were;
 *   `DICOM_TRANSFER_SYNTAX`, `DICOM_PIXELS`, and what the NIfTI reader throws.
 */
export async function readVolume(series: DiscoveredSeries, { cache }: ReadOptions = {}): Promise<ReadVolume> {
  if (series.refusal) throw new VoxwatchError(series.refusal.code, series.refusal.message);
  return series.kind === 'nifti' ? readNiftiSeries(series) : readDicomSeries(series, cache);
}

async function readNiftiSeries({ files }: DiscoveredSeries): Promise<ReadVolume> {
  const header = files.find((file) => !/\.img(\.gz)?$/i.test(file)) as string;
  const image = files.find((file) => file !== header);
  const bytes = await stillThere(readFile(header));
  const imageBytes = image === undefined ? undefined : await stillThere(readFile(image));
  const { volume, space, findings } = unchanged(() => readNifti(bytes, imageBytes));
  const affine = Float64Array.from(volume.geometry.voxelToWorld);
  return {
    volume,
    findings,
    inputSha256: once(() => createHash('sha256').update(bytesOf(volume.hu)).update(bytesOf(affine)).digest('hex')),
    niftiSpace: space,
    source: { kind: 'nifti', modality: 'unknown' },
  };
}

/** Two passes, headers then pixels: so slices decode straight to their place, and files are never all in memory. */
async function readDicomSeries(
  { files, slicesDigest: wanted }: DiscoveredSeries,
  cache: HeaderCache | undefined,
): Promise<ReadVolume> {
  const fileOf = new Map<string, string>();
  const reader = new FileReader();
  const headers = await mapConcurrently(files, async (file) => {
    const header = await cachedHeader(file, cache, reader);
    if (header.kind !== 'dicom') throw inputChanged();
    for (const { sopInstanceUid } of header.instances) fileOf.set(sopInstanceUid, file);
    return header.instances;
  });
  // Several where a multi-frame file holds slices of several.
  const series = groupSeries(headers.flat()).find(({ instances }) => slicesDigest(instances) === wanted);
  if (!series?.geometry) throw inputChanged();
  const { instances, geometry } = series;
  const hu = new Int16Array(voxelCount(geometry));
  const contradictions = await readPixels({ instances, fileOf, geometry }, reader, hu);
  const bodyPart = instances[0]?.bodyPart;
  return {
    volume: createVolume(geometry, hu),
    findings: [...series.findings, ...contradictionFindings(contradictions)],
    inputSha256: once(() => digestOf(instances, hu)),
    source: { kind: 'dicom', modality: 'CT', ...(bodyPart ? { bodyPart } : {}) },
  };
}

/** Each slice to its place in `hu`; a file is read once, however many of its frames are wanted. */
async function readPixels(
  {
    instances,
    fileOf,
    geometry,
  }: {
    readonly instances: readonly DicomInstance[];
    readonly fileOf: ReadonlyMap<string, string>;
    readonly geometry: GridGeometry;
  },
  reader: FileReader,
  hu: Int16Array,
): Promise<number> {
  const slicesOf = new Map<string, number[]>();
  for (const [k, { sopInstanceUid }] of instances.entries()) {
    const file = fileOf.get(sopInstanceUid) as string;
    const slices = slicesOf.get(file);
    if (slices) slices.push(k);
    else slicesOf.set(file, [k]);
  }
  const compressed = instances.filter(({ pixelKind }) => pixelKind === 'encapsulated');
  // One frame a file: threads hand over all that a file holds at once, and a multi-frame file may hold the whole volume.
  const isWorthThreads = slicesOf.size === instances.length && compressed.length >= FEW_COMPRESSED_SLICES;
  const threads = isWorthThreads ? startSliceThreads() : undefined;
  const read: typeof readSlices = threads?.read ?? ((request, targets) => readSlices(request, targets, reader));
  try {
    const contradictions = await mapConcurrently([...slicesOf], ([file, slices]) => {
      const frames = slices.map((k) => {
        const { sopInstanceUid, frameIndex } = instances[k] as DicomInstance;
        return { sopInstanceUid, frameIndex };
      });
      const targets = slices.map((k) => sliceOf(hu, geometry, k));
      return read({ file, frames, pixelsPerSlice: geometry.sizeVoxels[0] * geometry.sizeVoxels[1] }, targets);
    });
    return contradictions.reduce((sum, count) => sum + count, 0);
  } finally {
    await threads?.close();
  }
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

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: compute() }).value;
}

function bytesOf({ buffer, byteOffset, byteLength }: Int16Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
