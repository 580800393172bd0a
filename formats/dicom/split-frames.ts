/**
 * Fragments of compressed pixel data → the fragments of each frame.
 * Source: DICOM PS3.5 A.4 (encapsulation, basic offset table), PS3.3 C.7.6.3.1.8 (extended offset table).
 * @module
 */

/** One item of encapsulated pixel data. */
export interface Fragment {
  /** A view of the file's bytes. */
  readonly bytes: Uint8Array;
  /** Of its item tag, counted from the first fragment's: what offset tables hold. */
  readonly offset: number;
}

/** How the compressed streams begin: JPEG and JPEG-LS (SOI + a marker), JPEG 2000 (SOC + SIZ). RLE has no such mark. */
const STREAM_STARTS = [
  [0xff, 0xd8, 0xff],
  [0xff, 0x4f, 0xff, 0x51],
] as const;

/**
 * Assigns fragments to frames: by the offset table if it fits, else one a frame, else by where code streams begin.
 * @param offsets - The offset table; may be empty.
 * @param frameCount - Frames announced.
 * @returns a list of fragments for each frame; fewer than announced if there are not enough; none if nothing tells
 *   which fragments belong together.
 */
export function splitFrames(
  fragments: readonly Fragment[],
  offsets: readonly number[],
  frameCount: number,
): (readonly Uint8Array[])[] {
  const filled = fragments.filter(({ bytes }) => bytes.length > 0);
  if (frameCount === 1) return filled.length > 0 ? [filled.map(({ bytes }) => bytes)] : [];
  const byTable = offsets.length === frameCount ? splitAt(filled, new Set(offsets)) : [];
  if (byTable.length === frameCount) return byTable;
  if (filled.length <= frameCount) return filled.map(({ bytes }) => [bytes]);
  const starts = new Set(filled.filter(({ bytes }) => startsStream(bytes)).map(({ offset }) => offset));
  const byStart = splitAt(filled, starts);
  return byStart.length === frameCount ? byStart : [];
}

/** A new frame at each fragment that lies at one of the offsets; nothing if the first does not. */
function splitAt(fragments: readonly Fragment[], offsets: ReadonlySet<number>): Uint8Array[][] {
  const frames: Uint8Array[][] = [];
  for (const { bytes, offset } of fragments) {
    if (offsets.has(offset)) frames.push([bytes]);
    else if (frames.length > 0) frames.at(-1)?.push(bytes);
    else return [];
  }
  return frames;
}

function startsStream(bytes: Uint8Array): boolean {
  return STREAM_STARTS.some((mark) => mark.every((byte, n) => bytes[n] === byte));
}
