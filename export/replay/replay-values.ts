/**
 * What trained networks gave for slices of the golden volume ↔ the file of a bundle that holds it.
 *
 * Logits are float32 noise that hardly shrinks, so only every so many-th pixel's are kept: a graph that computes something
 * else does so everywhere. Answers are kept whole; they shrink to little.
 * @module
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { VoxwatchError } from '../../core/errors.ts';
import type { FusedStage } from '../../core/model-manifest.ts';
import type { Replay, ReplaySlice, ReplayStage } from '../../core/parity-certificate.ts';
import type { SliceSize } from '../../preprocess/resize.ts';
import { littleEndian } from '../parity.ts';
import type { HuSlice } from '../reference-stage.ts';

/** A slice of the golden volume, and where it lies there. */
export interface PlacedSlice extends HuSlice {
  readonly slice: number;
  readonly startPixels: readonly [number, number];
  /** Of a stage in millimetres. */
  readonly gridPixels?: SliceSize;
}

/** What a trained network gave for one slice. */
export interface ReplayValues {
  /** [channels, pixels kept], as {@link sampleLogits} gives them. */
  readonly logits: Float32Array;
  /** Labels [H, W], in millimetres probabilities [K, h, w]. */
  readonly answer: Uint8Array;
}

/** What must be known of a stage to tell how large its values are. */
export type ReplayGrid =
  | Pick<Extract<FusedStage, { space: 'pixels' }>, 'space' | 'gridPixels'>
  | Pick<Extract<FusedStage, { space: 'millimetres' }>, 'space' | 'multipleOf' | 'outputs'>;

/** About so many pixels of a stage have their logits kept, of all its slices together. */
const KEPT_PIXELS = 2048;

const BYTES_OF_A_LOGIT = 4;
/** Place of the byte that names the operating system in a gzip header, and its value for none in particular. */
const GZIP_SYSTEM = { place: 9, unknown: 255 } as const;

/** Every so many-th pixel's logits are kept. It is odd, so that no pixels lie one under the other on grids of whole multiples. */
export function everyPixelOf(grid: ReplayGrid, slices: readonly Pick<ReplaySlice, 'gridPixels'>[]): number {
  const pixels = slices.reduce((sum, slice) => sum + logitPixels(grid, slice), 0);
  return Math.max(1, Math.floor(pixels / KEPT_PIXELS) | 1);
}

/**
 * Logits of every so many-th pixel.
 * @param logits - [channels, pixels].
 * @returns [channels, pixels kept].
 */
export function sampleLogits(logits: Float32Array, channels: number, everyPixel: number): Float32Array {
  const pixels = logits.length / channels;
  const kept = Math.ceil(pixels / everyPixel);
  return Float32Array.from(
    { length: channels * kept },
    (_, n) => logits[Math.floor(n / kept) * pixels + (n % kept) * everyPixel] ?? Number.NaN,
  );
}

/** The file's bytes: the same values give the same. */
export function encodeReplay(stages: readonly (readonly ReplayValues[])[]): Uint8Array {
  const parts = stages.flat().flatMap(({ logits, answer }) => [floatBytes(logits), answer]);
  const bytes = gzipSync(Buffer.concat(parts), { level: 9 });
  bytes[GZIP_SYSTEM.place] = GZIP_SYSTEM.unknown;
  return bytes;
}

/**
 * Reads the file of a certificate.
 * @param grids - Of the stages that the certificate names, in its order.
 * @returns values of each stage and slice.
 * @throws {VoxwatchError} `BUNDLE_INVALID` where the file is damaged or of another length than the certificate says.
 */
export function decodeReplay(file: Uint8Array, { stages }: Replay, grids: readonly ReplayGrid[]): ReplayValues[][] {
  const bytes = inflated(file);
  let at = 0;
  const take = (length: number): Uint8Array => bytes.subarray(at, (at += length));
  const values = stages.map((stage, n) => {
    const grid = grids[n] as ReplayGrid;
    return stage.slices.map((slice) => {
      const kept = Math.ceil(logitPixels(grid, slice) / stage.everyPixel);
      const logits = floatsOf(take(stage.channels * kept * BYTES_OF_A_LOGIT));
      return { logits, answer: take(answerLength(grid, slice)) };
    });
  });
  if (at === bytes.length) return values;
  throw unlike();
}

/** Digest of slices, as `inputSha256` of the certificate has it. */
export function slicesSha256(slices: readonly Pick<PlacedSlice, 'hu' | 'gridPixels'>[]): string {
  const digest = createHash('sha256');
  for (const { hu, gridPixels } of slices) digest.update(littleEndian(hu)).update(gridPixels?.join('x') ?? '');
  return digest.digest('hex');
}

/** What the manifest says of slices. */
export function placesOf(slices: readonly PlacedSlice[]): ReplayStage['slices'] {
  return slices.map(({ slice, startPixels, sizePixels, gridPixels }) => ({
    slice,
    startPixels: [...startPixels],
    sizePixels: [...sizePixels],
    ...(gridPixels ? { gridPixels: [...gridPixels] } : {}),
  }));
}

function logitPixels(grid: ReplayGrid, slice: Pick<ReplaySlice, 'gridPixels'>): number {
  if (grid.space === 'pixels') return grid.gridPixels[0] * grid.gridPixels[1];
  const [width, height] = slice.gridPixels ?? [0, 0];
  const padded = (size: number): number => Math.ceil(size / grid.multipleOf) * grid.multipleOf;
  return padded(width) * padded(height);
}

function answerLength(grid: ReplayGrid, { sizePixels, gridPixels = [0, 0] }: ReplaySlice): number {
  if (grid.space === 'pixels') return sizePixels[0] * sizePixels[1];
  return grid.outputs.length * gridPixels[0] * gridPixels[1];
}

function inflated(file: Uint8Array): Uint8Array {
  try {
    return gunzipSync(file);
  } catch (cause) {
    throw unlike(cause);
  }
}

function unlike(cause?: unknown): VoxwatchError {
  return new VoxwatchError('BUNDLE_INVALID', 'The values that this bundle stores of its trained networks are damaged.', {}, cause);
}

function floatBytes(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * BYTES_OF_A_LOGIT);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setFloat32(index * BYTES_OF_A_LOGIT, value, true));
  return bytes;
}

function floatsOf(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.length / BYTES_OF_A_LOGIT);
  return Float32Array.from({ length: count }, (_, index) => view.getFloat32(index * BYTES_OF_A_LOGIT, true));
}
