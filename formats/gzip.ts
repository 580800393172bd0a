/**
 * gzip and deflate: compressed bytes → bytes, never more than the caller allows. The way back is in gzip-writer.ts.
 * Sources: RFC 1951 (deflate), RFC 1952 (gzip).
 * @module
 */
import { constants, gunzipSync, inflateRawSync } from 'node:zlib';
import { VoxwatchError } from '../core/errors.ts';

/** No deflate stream expands more than this (RFC 1951: 258 bytes from a little more than one bit). */
export const MAX_DEFLATE_RATIO = 1032;

/** Whether bytes start like a gzip member. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses a whole gzip file.
 * @param bytes - All of the file.
 * @param expectedBytes - The length that its content should have: it is allocated at once.
 * @param slackBytes - How much more than that is tolerated.
 * @throws {VoxwatchError} `INPUT_TRUNCATED` if the stream breaks off, `INPUT_TOO_LARGE` if it is longer than allowed,
 *   `INPUT_CORRUPT` if it is not gzip or its checksum is wrong.
 */
export function gunzip(bytes: Uint8Array, expectedBytes: number, slackBytes: number): Uint8Array {
  try {
    // One byte more than expected: zlib asks for a second chunk as soon as the first one is full.
    return gunzipSync(bytes, { chunkSize: Math.max(64, expectedBytes + 1), maxOutputLength: expectedBytes + slackBytes });
  } catch (thrown) {
    throw inflateError(thrown);
  }
}

/** The most that {@link gunzipStart} gives: any header fits. */
const MAX_START_BYTES = 1 << 20;

/**
 * Decompresses what the beginning of a gzip file gives, e.g. to read a header.
 * @param start - The first bytes of the file; may break off anywhere.
 * @returns at most 1 MiB, and less than `start` holds where that would give more.
 * @throws {VoxwatchError} `INPUT_CORRUPT` if it is not gzip.
 */
export function gunzipStart(start: Uint8Array): Uint8Array {
  for (let length = start.length; ; length = Math.floor(length / 2)) {
    try {
      return gunzipSync(start.subarray(0, length), { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_START_BYTES });
    } catch (thrown) {
      const error = inflateError(thrown);
      // A file that is almost empty space: less of it tells as much.
      if (error.code !== 'INPUT_TOO_LARGE') throw error;
    }
  }
}

/**
 * Length of the content modulo 2³², as the last four bytes of a gzip file of one member say (ISIZE).
 * @param end - The last bytes of the file, at least four.
 */
export function gzipContentLength(end: Uint8Array): number {
  return new DataView(end.buffer, end.byteOffset, end.byteLength).getUint32(end.byteLength - 4, true);
}

/**
 * Decompresses a raw deflate stream.
 * @param maxBytes - The most that it may give.
 * @throws {VoxwatchError} as {@link gunzip}.
 */
export function inflateRaw(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: maxBytes });
  } catch (thrown) {
    throw inflateError(thrown);
  }
}

function inflateError(thrown: unknown): VoxwatchError {
  const code = (thrown as { code?: unknown }).code;
  if (code === 'Z_BUF_ERROR') {
    return new VoxwatchError('INPUT_TRUNCATED', 'The compressed file breaks off before its end: copy it again.', {}, thrown);
  }
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    return new VoxwatchError('INPUT_TOO_LARGE', 'The compressed file holds far more data than its header says.', {}, thrown);
  }
  return new VoxwatchError('INPUT_CORRUPT', 'The compressed data is damaged: it cannot be decompressed.', {}, thrown);
}
