/**
 * How series come into a folder when the sender is no careful one: a plan of writes a writer, with their times.
 * @module
 */
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { affineFromColumns } from '../../core/affine.ts';
import { createVolume } from '../../core/volume.ts';
import { writeCtSeries } from '../../formats/dicom/write-instance.ts';
import { writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';

const SIZE_PIXELS = 24;
const SLICES = 12;

/** Something that a writer does. Milliseconds after the first look at the folder. */
export interface Write {
  readonly atMs: number;
  /** Absent: the daemon is restarted. */
  readonly act?: (dir: string, nowMs: number) => void;
}

export interface Writer {
  readonly name: string;
  readonly writes: readonly Write[];
  /** Whether the system tells of changes; network shares do not. @defaultValue true */
  readonly hasEvents?: boolean;
  /** Whether all that there is to know is known with the last write: declared count, length of a file that grew to it. */
  readonly isEvident: boolean;
}

/** Times of change are those of the writer's clock, whatever time it really is. */
const EPOCH_S = 1_700_000_000;
const stamp = (path: string, nowMs: number): void => utimesSync(path, EPOCH_S + nowMs / 1000, EPOCH_S + nowMs / 1000);

const organ = createVolume(
  { sizeVoxels: [SIZE_PIXELS, SIZE_PIXELS, SLICES], voxelToWorld: affineFromColumns([2, 0, 0], [0, 2, 0], [0, 0, 3], [0, 0, 0]) },
  new Int16Array(SIZE_PIXELS * SIZE_PIXELS * SLICES).map((_, p) => (p % 7 === 0 ? 150 : -50)),
);
const words = { seriesDescription: 'phantom', convolutionKernel: 'standard' };
const slices = writeCtSeries(organ, { seed: 'ugly', ...words });
const declaring = writeCtSeries(organ, { seed: 'ugly', ...words, declaresSlices: true });
const gzipped = writeNiftiVolume(organ);
const nifti = gunzipSync(gzipped);

const nameOf = (slice: number): string => join('study', `${String(slice + 1).padStart(3, '0')}.dcm`);

function put(name: string, bytes: Uint8Array): NonNullable<Write['act']> {
  return (dir, nowMs) => {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), bytes);
    stamp(join(dir, name), nowMs);
  };
}

/** Whole files, one after another, the next after the pause that is said for it. */
function oneByOne(files: readonly Uint8Array[], pauseMs: (n: number) => number, order = (n: number) => n): Write[] {
  let atMs = 0;
  return files.map((_, n) => {
    atMs += n === 0 ? 0 : pauseMs(n);
    return { atMs, act: put(nameOf(order(n)), files[order(n)] as Uint8Array) };
  });
}

/** One file in so many pieces. */
function inPieces(name: string, bytes: Uint8Array, { startMs, pieces, pauseMs }: Pieces): Write[] {
  const length = Math.ceil(bytes.length / pieces);
  return Array.from({ length: pieces }, (_, n) => ({
    atMs: startMs + n * pauseMs,
    act: (dir, nowMs) => {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      appendFileSync(join(dir, name), bytes.subarray(n * length, (n + 1) * length));
      stamp(join(dir, name), nowMs);
    },
  }));
}

interface Pieces {
  readonly startMs: number;
  readonly pieces: number;
  readonly pauseMs: number;
}

/** One file that has its full length from the first write on, filled in pieces. */
function preallocated(name: string, bytes: Uint8Array, { startMs, pieces, pauseMs }: Pieces): Write[] {
  const length = Math.ceil(bytes.length / pieces);
  return Array.from({ length: pieces }, (_, n) => ({
    atMs: startMs + n * pauseMs,
    act: (dir, nowMs) => {
      const path = join(dir, name);
      mkdirSync(dirname(path), { recursive: true });
      if (n === 0) {
        writeFileSync(path, '');
        truncateSync(path, bytes.length);
      }
      const file = openSync(path, 'r+');
      writeSync(file, bytes, n * length, Math.min(length, bytes.length - n * length), n * length);
      closeSync(file);
      stamp(path, nowMs);
    },
  }));
}

/** Under another name first. */
function renamedIn(name: string, bytes: Uint8Array, atMs: number): Write[] {
  const part = join(dirname(name), `${basename(name)}.part`);
  return [
    { atMs, act: put(part, bytes) },
    { atMs: atMs + 400, act: (dir) => renameSync(join(dir, part), join(dir, name)) },
  ];
}

const coarsely = (writes: readonly Write[]): Write[] =>
  writes.map(({ atMs, act }) => ({ atMs, ...(act && { act: (dir, nowMs) => act(dir, Math.floor(nowMs / 2_000) * 2_000) }) }));

/** 0, 6, 1, 7, …: with holes until the end. */
const shuffled = (n: number): number => (n % 2 === 0 ? n / 2 : SLICES / 2 + (n - 1) / 2);

export const UGLY_WRITERS: readonly Writer[] = [
  { name: 'steady, nothing declared', writes: oneByOne(slices, () => 60), isEvident: false },
  { name: 'steady, the count declared', writes: oneByOne(declaring, () => 60), isEvident: true },
  { name: 'slow: a slice every 4 s', writes: oneByOne(slices, () => 4_000), isEvident: false },
  { name: 'slow: a slice every 4 s, the count declared', writes: oneByOne(declaring, () => 4_000), isEvident: true },
  { name: 'pausing: 9 s after four slices, twice', writes: oneByOne(slices, (n) => (n % 4 === 0 ? 9_000 : 60)), isEvident: false },
  {
    name: 'pausing longer and longer: 8 s, then 13 s',
    writes: oneByOne(slices, (n) => ({ 4: 8_000, 8: 13_000 })[n] ?? 60),
    isEvident: false,
  },
  {
    name: 'each slice in four pieces, 1.5 s apart',
    writes: slices.flatMap((bytes, n) => inPieces(nameOf(n), bytes, { startMs: n * 6_000, pieces: 4, pauseMs: 1_500 })),
    isEvident: false,
  },
  {
    name: 'preallocating, all files at once, filled over 10 s',
    writes: declaring.flatMap((bytes, n) => preallocated(nameOf(n), bytes, { startMs: n * 50, pieces: 10, pauseMs: 1_100 })),
    isEvident: true,
  },
  { name: 'out of order, 2 s apart', writes: oneByOne(slices, () => 2_000, shuffled), isEvident: false },
  { name: 'renamed in', writes: slices.flatMap((bytes, n) => renamedIn(nameOf(n), bytes, n * 900)), isEvident: false },
  {
    name: 'a sentinel at the end, 9 s after the last slice',
    writes: [...oneByOne(slices, () => 60), { atMs: 9_700, act: put('study.done', new Uint8Array()) }],
    isEvident: true,
  },
  {
    name: 'a share without events, times to 2 s',
    writes: coarsely(oneByOne(declaring, () => 700)),
    hasEvents: false,
    isEvident: true,
  },
  {
    name: 'a share without events, each slice in pieces, nothing declared',
    writes: coarsely(slices.flatMap((bytes, n) => inPieces(nameOf(n), bytes, { startMs: n * 2_000, pieces: 3, pauseMs: 600 }))),
    hasEvents: false,
    isEvident: false,
  },
  { name: 'a restart in the middle', writes: [...oneByOne(slices, () => 1_500), { atMs: 8_000 }], isEvident: false },
  {
    name: 'a restart in the middle of a slice',
    writes: [
      ...slices.flatMap((bytes, n) => inPieces(nameOf(n), bytes, { startMs: n * 2_000, pieces: 2, pauseMs: 900 })),
      { atMs: 8_500 },
    ],
    isEvident: false,
  },
  {
    name: 'NIfTI, growing slowly',
    writes: inPieces('scan.nii', nifti, { startMs: 0, pieces: 8, pauseMs: 3_000 }),
    isEvident: true,
  },
  {
    name: 'NIfTI in gzip, growing slowly',
    writes: inPieces('scan.nii.gz', gzipped, { startMs: 0, pieces: 8, pauseMs: 3_000 }),
    isEvident: true,
  },
  {
    name: 'NIfTI in gzip, preallocated',
    writes: preallocated('scan.nii.gz', gzipped, { startMs: 0, pieces: 8, pauseMs: 3_000 }),
    isEvident: false,
  },
].map((writer) => ({ ...writer, writes: writer.writes.toSorted((a, b) => a.atMs - b.atMs) }));
