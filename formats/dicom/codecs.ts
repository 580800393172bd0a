/**
 * Compressed frame → bytes. The only file that knows the image codecs; the rules of DICOM are in decode-pixels.ts.
 *
 * The codecs of @cornerstonejs are called directly: its dicom-codec package takes their JavaScript builds, which need 10
 * times (JPEG-LS), 5 times (JPEG 2000) and 3 times (JPEG) as long for a slice.
 * Sources: DICOM PS3.5 annex A (transfer syntaxes), the codecs' own read-me files.
 * @module
 */
import createJpegLs from '@cornerstonejs/codec-charls/decodewasmjs';
import createJpeg from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import createJpeg2000 from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import createHtj2k from '@cornerstonejs/codec-openjph/wasmjs';
import { Decoder as JpegLosslessDecoder } from 'jpeg-lossless-decoder-js';

/** How a frame is compressed. */
export type Compression = 'jpeg' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k';

/**
 * They print on standard output otherwise, where results belong. A new object each time: a codec makes the object that it
 * is given its own module, and two in one object break each other.
 */
function silent(): { print: () => void; printErr: () => void } {
  return { print: () => {}, printErr: () => {} };
}

/** Loaded when first needed, once. */
const OPENERS = {
  jpeg: once(async () => (await createJpeg(silent())).JPEGDecoder),
  'jpeg-ls': once(async () => (await createJpegLs(silent())).JpegLSDecoder),
  'jpeg-2000': once(async () => (await createJpeg2000(silent())).J2KDecoder),
  htj2k: once(async () => (await createHtj2k(silent())).HTJ2KDecoder),
} as const;

/**
 * Decompresses a frame.
 * @param bytesPerPixel - What the code stream's precision calls for.
 * @returns little-endian samples, in memory of their own.
 * @throws whatever the codec throws for a damaged stream.
 */
export async function decompress(
  stream: Uint8Array,
  compression: Compression,
  bytesPerPixel: 1 | 2,
): Promise<Uint8Array<ArrayBuffer>> {
  if (compression === 'jpeg-lossless') return decompressLossless(stream, bytesPerPixel);
  const Decoder = await OPENERS[compression]();
  const decoder = new Decoder();
  try {
    decoder.getEncodedBuffer(stream.length).set(stream);
    decoder.decode();
    return new Uint8Array(decoder.getDecodedBuffer());
  } finally {
    decoder.delete();
  }
}

/** This one is plain JavaScript; there is no other. */
function decompressLossless(stream: Uint8Array, bytesPerPixel: 1 | 2): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = withRoomBeforeEnd(stream);
  const decoded = new JpegLosslessDecoder().decode(buffer, byteOffset, byteLength, bytesPerPixel);
  return new Uint8Array(decoded.buffer as ArrayBuffer, decoded.byteOffset, decoded.byteLength);
}

/**
 * jpeg-lossless-decoder-js 2.1.2 drops the last pixel when its code ends on the last bit before the end-of-image
 * marker. With zero bytes in between it reads that pixel, and then stops because the image is full.
 */
function withRoomBeforeEnd(frame: Uint8Array): Uint8Array {
  for (let at = frame.length - 2; at > 0; at--) {
    if (frame[at] !== 0xff || frame[at + 1] !== 0xd9) continue;
    const roomy = new Uint8Array(frame.length + 8);
    roomy.set(frame.subarray(0, at));
    roomy.set(frame.subarray(at), at + 8);
    return roomy;
  }
  return frame;
}

function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}
