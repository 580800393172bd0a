/**
 * One RLE frame → stored values. Ours, because the library's decoder walks over the end of a damaged frame for minutes.
 * Source: DICOM PS3.5 annex G.
 * @module
 */

/** A header of 16 numbers: how many segments, then where each begins. */
const HEADER_BYTES = 64;

/** Two bytes stand for 128 at most: a frame that could not fill the picture gets no memory for it. */
const MAX_RATIO = 64;

/**
 * Decodes a frame of one sample a pixel.
 * @param pixelCount - rows · columns.
 * @param bytesPerPixel - As many segments are expected, the most significant byte first.
 * @returns little-endian bytes, or undefined if the frame is not RLE, or its segments do not hold the whole picture.
 */
export function decodeRle(frame: Uint8Array, pixelCount: number, bytesPerPixel: 1 | 2): Uint8Array<ArrayBuffer> | undefined {
  if (frame.length < HEADER_BYTES || frame.length * MAX_RATIO < pixelCount * bytesPerPixel) return undefined;
  const header = new DataView(frame.buffer, frame.byteOffset, HEADER_BYTES);
  if (header.getUint32(0, true) !== bytesPerPixel) return undefined;
  const starts = Array.from({ length: bytesPerPixel }, (_, n) => header.getUint32(4 * (n + 1), true));
  const pixels = new Uint8Array(pixelCount * bytesPerPixel);
  for (const [n, start] of starts.entries()) {
    const end = starts[n + 1] ?? frame.length;
    if (start < HEADER_BYTES || end < start || end > frame.length) return undefined;
    const written = unpack(frame.subarray(start, end), pixels, bytesPerPixel - 1 - n, bytesPerPixel);
    if (written < pixelCount) return undefined;
  }
  return pixels;
}

/** PackBits: n in 0…127 copies n + 1 bytes, 129…255 repeats the next byte 257 − n times, 128 does nothing. */
function unpack(segment: Uint8Array, pixels: Uint8Array, first: number, stride: number): number {
  let to = first;
  for (let at = 0; at < segment.length && to < pixels.length; ) {
    const n = segment[at++] as number;
    if (n < 128) {
      const stop = Math.min(at + n + 1, segment.length);
      for (; at < stop && to < pixels.length; to += stride) pixels[to] = segment[at++] as number;
    } else if (n > 128) {
      const value = segment[at++];
      if (value === undefined) break;
      for (let count = 257 - n; count > 0 && to < pixels.length; count--, to += stride) pixels[to] = value;
    }
  }
  return (to - first) / stride;
}
