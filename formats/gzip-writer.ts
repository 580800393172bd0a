/**
 * Bytes → a gzip file, compressed in blocks side by side on Node's thread pool.
 *
 * The file is one ordinary member: blocks are raw deflate streams of their own that end at a byte boundary, so they may
 * follow each other (as pigz writes them). The bytes do not depend on how many threads there are.
 * Sources: RFC 1951 (deflate), RFC 1952 (gzip), zlib's manual (Z_SYNC_FLUSH).
 * @module
 */
import { constants, crc32, deflateRaw, deflateRawSync } from 'node:zlib';

/** Compression levels in use: 1 for voxels (noise hardly shrinks, and time counts), 4 for labels (they shrink a lot). */
export type GzipLevel = 1 | 4;

/** Content of a block: many times the 32 KiB that deflate looks back, which each block begins without. */
const BLOCK_BYTES = 1 << 20;

/** Node's thread pool has four threads unless told otherwise. */
const BLOCKS_AT_A_TIME = 4;

/** Magic number, deflate, no flags, no time, no extra flags, unknown system: the same input gives the same bytes. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/**
 * Compresses at once.
 * @param parts - The content, in pieces that follow each other.
 */
export function gzip(parts: readonly Uint8Array[], level: GzipLevel): Uint8Array {
  const blocks = blocksOf(parts).map(({ bytes, isLast }) => deflateRawSync(bytes, deflateOptions(level, isLast)));
  return Buffer.concat([HEADER, ...blocks, trailer(parts)]);
}

/**
 * Compresses on several threads, a few blocks ahead of the reader: the whole file is never in memory.
 * @param parts - As for {@link gzip}; must not change meanwhile.
 * @returns the same bytes as {@link gzip}, piece by piece.
 */
export async function* gzipStream(parts: readonly Uint8Array[], level: GzipLevel): AsyncGenerator<Uint8Array> {
  yield HEADER;
  const running: Promise<Uint8Array>[] = [];
  for (const { bytes, isLast } of blocksOf(parts)) {
    const block = deflateAside(bytes, deflateOptions(level, isLast));
    // A reader that gives up leaves blocks behind that nobody waits for.
    block.catch(() => {});
    running.push(block);
    if (running.length > BLOCKS_AT_A_TIME) yield await (running.shift() as Promise<Uint8Array>);
  }
  for (const block of running) yield await block;
  yield trailer(parts);
}

interface Block {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

/** At least one: an empty stream ends too. */
function blocksOf(parts: readonly Uint8Array[]): Block[] {
  const pieces = parts.flatMap((part) =>
    Array.from({ length: Math.ceil(part.length / BLOCK_BYTES) }, (_, n) => part.subarray(n * BLOCK_BYTES, (n + 1) * BLOCK_BYTES)),
  );
  if (pieces.length === 0) pieces.push(new Uint8Array(0));
  return pieces.map((bytes, n) => ({ bytes, isLast: n === pieces.length - 1 }));
}

function deflateOptions(level: GzipLevel, isLast: boolean): { level: number; finishFlush: number } {
  return { level, finishFlush: isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH };
}

/** On Node's thread pool. */
function deflateAside(bytes: Uint8Array, options: ReturnType<typeof deflateOptions>): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    deflateRaw(bytes, options, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** Checksum and length (modulo 2³²) of the content. */
function trailer(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(
    0,
    parts.reduce((sum, part) => crc32(part, sum), 0),
    true,
  );
  view.setUint32(4, parts.reduce((sum, { length }) => sum + length, 0) % 2 ** 32, true);
  return bytes;
}
