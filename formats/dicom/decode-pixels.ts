/**
 * Pixel data of one slice → stored values, before rescaling. The only file that knows the image codecs.
 * Sources: DICOM PS3.5 section 8 and annex A; PS3.3 C.7.6.3.1.
 * @module
 */
import dicomCodec from '@cornerstonejs/dicom-codec';
import { VoxwatchError } from '../../core/errors.ts';
import type { DicomInstance, PixelFormat } from './instance.ts';
import type { PixelData } from './parse-file.ts';

/** Stored values, row by row; length = rows · columns. */
export type StoredPixels = Int16Array | Uint16Array;

/** JPEG 2000 and High-Throughput JPEG 2000: their code stream says itself whether it is signed. */
const SIGN_IN_CODESTREAM = /^1\.2\.840\.10008\.1\.2\.4\.(90|91|201|202|203)$/;

/**
 * Compressed syntaxes that decode to the exact or (lossy ones) intended values. JPEG Extended (…4.51) is not among
 * them: there is no 12-bit decoder.
 */
const DECODABLE = /^1\.2\.840\.10008\.1\.2\.(5|4\.(50|57|70|80|81|90|91|201|202|203))$/;

/** The JPEG lossless syntaxes, whose decoder has a flaw: see {@link withRoomBeforeEnd}. */
const JPEG_LOSSLESS = /^1\.2\.840\.10008\.1\.2\.4\.(57|70)$/;

/** Decoders give views into one shared memory that the next call overwrites: so calls wait for each other. */
let lastDecode: Promise<unknown> = Promise.resolve();

/**
 * Decodes a single-frame slice.
 * @param instance - What its file says about it.
 * @param pixels - The file's pixel data.
 * @returns values sign-extended from Bits Stored; a copy or a view of the file's bytes.
 * @throws {VoxwatchError} `DICOM_TRANSFER_SYNTAX` if there is no decoder for its compression; `DICOM_PIXELS` if the
 *   pixels are not those of a CT slice or their length is wrong; `INPUT_TRUNCATED` if there are too few.
 */
export async function decodePixels(instance: DicomInstance, pixels: PixelData | undefined): Promise<StoredPixels> {
  const { format, transferSyntaxUid } = instance;
  if (!format || !pixels) throw badPixels('there are none');
  checkFormat(format);
  if (pixels.kind === 'native') return extendSign(nativePixels(pixels, format), format);
  if (!DECODABLE.test(transferSyntaxUid)) throw noDecoder(transferSyntaxUid);
  const decoding = lastDecode.then(() => decodeFrame(joined(pixels.fragments), format, transferSyntaxUid));
  lastDecode = decoding.catch(() => {});
  return decoding;
}

/** Whether these pixels can be decoded: what intake asks before a series becomes a job. */
export function canDecode({ pixelKind, transferSyntaxUid }: DicomInstance): boolean {
  return pixelKind === 'native' || DECODABLE.test(transferSyntaxUid);
}

function checkFormat({ frames, samplesPerPixel, photometric, bitsAllocated, bitsStored }: PixelFormat): void {
  if (frames !== 1) throw badPixels(`a file must hold one slice, and this one holds ${frames} frames`);
  if (samplesPerPixel !== 1 || photometric !== 'MONOCHROME2') throw badPixels('they must be one grey value each (MONOCHROME2)');
  if (bitsAllocated !== 8 && bitsAllocated !== 16) throw badPixels(`8 or 16 bits are read, not ${bitsAllocated}`);
  if (bitsStored < 1 || bitsStored > bitsAllocated) throw badPixels(`${bitsStored} of ${bitsAllocated} bits cannot be stored`);
}

function nativePixels({ bytes, bigEndian }: Extract<PixelData, { kind: 'native' }>, format: PixelFormat): StoredPixels {
  const count = format.rows * format.columns;
  const expected = (count * format.bitsAllocated) / 8;
  if (bytes.length < expected) {
    throw new VoxwatchError('INPUT_TRUNCATED', `A slice needs ${expected} bytes of pixels; ${bytes.length} are there.`, {
      expected,
      found: bytes.length,
    });
  }
  if (format.bitsAllocated === 8) return Uint16Array.from(bytes.subarray(0, count));
  return words(bytes.subarray(0, expected), bigEndian ? 'swap' : 'keep');
}

async function decodeFrame(frame: Uint8Array, format: PixelFormat, transferSyntaxUid: string): Promise<StoredPixels> {
  let decoded: Awaited<ReturnType<typeof dicomCodec.decode>>;
  const stream = JPEG_LOSSLESS.test(transferSyntaxUid) ? withRoomBeforeEnd(frame) : frame;
  const imageInfo = { ...format, pixelRepresentation: format.signed ? 1 : 0 };
  try {
    decoded = await quietly(() => dicomCodec.decode(stream, imageInfo, transferSyntaxUid));
  } catch (thrown) {
    throw new VoxwatchError(
      'DICOM_TRANSFER_SYNTAX',
      `A slice cannot be decompressed (transfer syntax ${transferSyntaxUid}): it is damaged or of an unknown kind.`,
      { transferSyntaxUid },
      thrown,
    );
  }
  const { imageFrame } = decoded;
  const count = format.rows * format.columns;
  const bytes = new Uint8Array(imageFrame.buffer, imageFrame.byteOffset, imageFrame.byteLength);
  const width = bytes.length / count;
  if (width !== 1 && width !== 2) throw badPixels(`their decompressed length is ${bytes.length} bytes for ${count} pixels`);
  const signInStream = SIGN_IN_CODESTREAM.test(transferSyntaxUid);
  const signed = signInStream ? decoded.imageInfo.isSigned === true : format.signed;
  if (width === 1) return signed ? Int16Array.from(new Int8Array(bytes)) : Uint16Array.from(bytes);
  const stored = words(bytes, 'copy');
  // Where the code stream knows its sign, the decoder has extended it already.
  if (signInStream) return signed ? new Int16Array(stored.buffer) : stored;
  return extendSign(stored, { ...format, highBit: format.bitsStored - 1 });
}

/**
 * jpeg-lossless-decoder-js 2.1.2 drops the last pixel when its code ends on the last bit before the end-of-image
 * marker. With zero bytes in between it reads that pixel, and then stops because the image is full.
 */
function withRoomBeforeEnd(frame: Uint8Array): Uint8Array {
  for (let at = frame.length - 2; at > 0; at--) {
    if (frame[at] === 0xff && frame[at + 1] === 0xd9)
      return Buffer.concat([frame.subarray(0, at), Buffer.alloc(8), frame.subarray(at)]);
  }
  return frame;
}

/**
 * Calls a function with `console.log` switched off until it returns (not until its promise settles). The JPEG 2000
 * decoder binds `console.log` at its first call and would then chat on standard output, where results belong.
 */
function quietly<T>(call: () => T): T {
  const { log } = console;
  console.log = () => {};
  try {
    return call();
  } finally {
    console.log = log;
  }
}

/** 16-bit little-endian words as numbers, aligned. */
function words(bytes: Uint8Array, how: 'keep' | 'copy' | 'swap'): Uint16Array<ArrayBuffer> {
  if (how === 'keep' && bytes.byteOffset % 2 === 0) {
    return new Uint16Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / 2);
  }
  const copy = new Uint8Array(bytes);
  if (how === 'swap') Buffer.from(copy.buffer).swap16();
  return new Uint16Array(copy.buffer);
}

/** Takes the bits up to High Bit; what lies above is not part of the value (old overlays) or a missing sign. */
function extendSign(stored: StoredPixels, { bitsStored, highBit, signed }: PixelFormat): StoredPixels {
  if (bitsStored === 16) return signed ? new Int16Array(stored.buffer, stored.byteOffset, stored.length) : stored;
  const toTop = 31 - highBit;
  const toBottom = 32 - bitsStored;
  if (signed) return Int16Array.from(stored, (value) => (value << toTop) >> toBottom);
  return Uint16Array.from(stored, (value) => (value << toTop) >>> toBottom);
}

function joined(fragments: readonly Uint8Array[]): Uint8Array {
  return fragments.length === 1 ? (fragments[0] as Uint8Array) : Buffer.concat(fragments);
}

function badPixels(why: string): VoxwatchError {
  return new VoxwatchError('DICOM_PIXELS', `The pixels cannot be used: ${why}.`);
}

function noDecoder(transferSyntaxUid: string): VoxwatchError {
  return new VoxwatchError(
    'DICOM_TRANSFER_SYNTAX',
    `There is no decoder for transfer syntax ${transferSyntaxUid}: send the series uncompressed or as JPEG lossless.`,
    { transferSyntaxUid },
  );
}
