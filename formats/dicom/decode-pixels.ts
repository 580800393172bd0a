/**
 * Pixel data of one frame → stored values, before rescaling. The rules of DICOM; the codecs are in codecs.ts.
 * Sources: DICOM PS3.5 section 8 and annex A; PS3.3 C.7.6.3.1.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { type CodeStreamHeader, readCodeStreamHeader } from './code-stream-header.ts';
import { type Compression, decompress } from './codecs.ts';
import { decodeRle } from './decode-rle.ts';
import { frameParts } from './frame-parts.ts';
import type { DicomInstance, PixelFormat } from './instance.ts';
import type { PixelData } from './parse-file.ts';
import { nativeFrameBytes } from './pixel-format.ts';

/** Stored values, row by row; length = rows · columns. */
export type StoredPixels = Int16Array | Uint16Array;

/** One frame. */
export interface DecodedPixels {
  readonly stored: StoredPixels;
  /** False if the compressed picture says another sign or depth than the header; the picture is then believed. */
  readonly isAsDeclared: boolean;
}

/** What stands behind `1.2.840.10008.1.2` where the pixels are plain. */
const NATIVE: ReadonlySet<string> = new Set(['', '.1', '.2', '.1.99']);

/** What stands there where they are in fragments and not compressed all the same. */
const ENCAPSULATED_NATIVE = '.1.98';

const RLE = '.5';

/** What stands there → how the pixels are compressed. */
const COMPRESSIONS: ReadonlyMap<string, Compression> = new Map([
  ['.4.50', 'jpeg'],
  ['.4.51', 'jpeg'],
  ['.4.57', 'jpeg-lossless'],
  ['.4.70', 'jpeg-lossless'],
  ['.4.80', 'jpeg-ls'],
  ['.4.81', 'jpeg-ls'],
  ['.4.90', 'jpeg-2000'],
  ['.4.91', 'jpeg-2000'],
  ['.4.201', 'htj2k'],
  ['.4.202', 'htj2k'],
  ['.4.203', 'htj2k'],
]);

/** The JPEG decoder knows 8 bits; JPEG Extended (….4.51) may have 12. */
const JPEG_BITS = 8;

/**
 * Decodes the frame of its file that an instance stands for, and no other.
 * @param instance - What its file says about it.
 * @param pixels - The file's pixel data.
 * @returns values sign-extended from Bits Stored; a copy or a view of the file's bytes.
 * @throws {VoxwatchError} `DICOM_TRANSFER_SYNTAX` if there is no decoder for its compression, or the frame is damaged;
 *   `DICOM_PIXELS` if the pixels are not those of a CT slice or their size is not the header's; `INPUT_TRUNCATED` if
 *   there are too few.
 */
export async function decodePixels(
  { format, frameIndex, transferSyntaxUid, pixelKind }: DicomInstance,
  pixels: PixelData | undefined,
): Promise<DecodedPixels> {
  if (!format || !pixels || pixels.kind === 'float') throw badPixels('there are none that are whole numbers');
  checkFormat(format);
  if (!canDecode({ format, pixelKind, transferSyntaxUid })) throw noDecoder(transferSyntaxUid);
  const frame = joined(frameParts(pixels, format, frameIndex));
  const syntax = shortSyntax(transferSyntaxUid);
  if (pixels.kind === 'native' || syntax === ENCAPSULATED_NATIVE) {
    const stored = nativePixels(frame, format, pixels.kind === 'native' && pixels.bigEndian ? 'swap' : 'keep');
    return { stored: extendSign(stored, format), isAsDeclared: true };
  }
  const compression = COMPRESSIONS.get(syntax ?? '');
  if (compression) return decodeStream(frame, format, compression, transferSyntaxUid);
  const bytes = decodeRle(frame, format.rows * format.columns, format.bitsAllocated === 8 ? 1 : 2);
  if (!bytes) throw damaged(transferSyntaxUid);
  return { stored: extendSign(format.bitsAllocated === 8 ? Uint16Array.from(bytes) : words(bytes), format), isAsDeclared: true };
}

/** Whether these pixels can be decoded: what intake asks before a series becomes a job. */
export function canDecode({
  format,
  pixelKind,
  transferSyntaxUid,
}: Pick<DicomInstance, 'format' | 'pixelKind' | 'transferSyntaxUid'>): boolean {
  const syntax = shortSyntax(transferSyntaxUid);
  if (syntax === undefined) return false;
  const isCompression = syntax === RLE || syntax === ENCAPSULATED_NATIVE || COMPRESSIONS.has(syntax);
  // Files that were decompressed and kept the name of the compression exist: the bytes decide.
  if (pixelKind === 'native') return NATIVE.has(syntax) || isCompression;
  return isCompression && !(syntax === '.4.51' && format?.bitsAllocated !== JPEG_BITS);
}

/** What stands behind the root of all standard transfer syntaxes; a private one may mean anything, whatever it looks like. */
function shortSyntax(transferSyntaxUid: string): string | undefined {
  const root = '1.2.840.10008.1.2';
  return transferSyntaxUid.startsWith(root) ? transferSyntaxUid.slice(root.length) : undefined;
}

function checkFormat({ samplesPerPixel, photometric, bitsAllocated, bitsStored, highBit }: PixelFormat): void {
  if (samplesPerPixel !== 1 || photometric !== 'MONOCHROME2') throw badPixels('they must be one grey value each (MONOCHROME2)');
  if (bitsAllocated !== 8 && bitsAllocated !== 16) throw badPixels(`8 or 16 bits are read, not ${bitsAllocated}`);
  if (bitsStored < 1 || bitsStored > bitsAllocated) throw badPixels(`${bitsStored} of ${bitsAllocated} bits cannot be stored`);
  if (highBit < bitsStored - 1 || highBit >= bitsAllocated) {
    throw badPixels(`${bitsStored} bits cannot end at bit ${highBit} of ${bitsAllocated}`);
  }
}

function nativePixels(frame: Uint8Array, format: PixelFormat, byteOrder: 'keep' | 'swap'): StoredPixels {
  const expected = nativeFrameBytes(format);
  if (frame.length < expected) {
    throw new VoxwatchError('INPUT_TRUNCATED', `A slice needs ${expected} bytes of pixels; ${frame.length} are there.`, {
      expected,
      found: frame.length,
    });
  }
  if (format.bitsAllocated === 8) return Uint16Array.from(frame.subarray(0, expected));
  return words(frame.subarray(0, expected), byteOrder);
}

async function decodeStream(
  frame: Uint8Array,
  format: PixelFormat,
  compression: Compression,
  transferSyntaxUid: string,
): Promise<DecodedPixels> {
  const header = readCodeStreamHeader(frame);
  if (!header) throw damaged(transferSyntaxUid);
  checkStream(header, format);
  if (header.precision > 16 || (compression === 'jpeg' && header.precision !== JPEG_BITS)) throw noDecoder(transferSyntaxUid);
  const bytesPerPixel = header.precision > 8 ? 2 : 1;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await decompress(frame, compression, bytesPerPixel);
  } catch (thrown) {
    throw damaged(transferSyntaxUid, thrown);
  }
  if (bytes.length !== format.rows * format.columns * bytesPerPixel) throw damaged(transferSyntaxUid);
  const signed = header.signed ?? format.signed;
  // The values lie at the bottom, wherever High Bit says; and the stream has no more bits than it says.
  const bitsStored = Math.min(format.bitsStored, header.precision);
  const isAsDeclared = signed === format.signed && header.precision >= format.bitsStored;
  if (header.signed === undefined) {
    const stored = bytesPerPixel === 1 ? Uint16Array.from(bytes) : words(bytes);
    return { stored: extendSign(stored, { ...format, bitsStored, highBit: bitsStored - 1 }), isAsDeclared };
  }
  // Where the code stream knows its sign, the decoder has extended it already.
  if (bytesPerPixel === 1) {
    return { stored: signed ? Int16Array.from(new Int8Array(bytes.buffer)) : Uint16Array.from(bytes), isAsDeclared };
  }
  return { stored: signed ? new Int16Array(bytes.buffer) : words(bytes), isAsDeclared };
}

/** Before decoding: a stream that lies about its size would be given all memory it asks for. */
function checkStream({ rows, columns, components }: CodeStreamHeader, format: PixelFormat): void {
  if (rows !== format.rows || columns !== format.columns || components !== 1) {
    throw badPixels(
      `the compressed picture is ${columns} × ${rows} × ${components}, and the header says ${format.columns} × ${format.rows}`,
    );
  }
}

/** 16-bit little-endian words as numbers; a view where alignment and byte order allow. */
function words(bytes: Uint8Array, byteOrder: 'keep' | 'swap' = 'keep'): Uint16Array<ArrayBuffer> {
  if (byteOrder === 'keep' && bytes.byteOffset % 2 === 0) {
    return new Uint16Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / 2);
  }
  const copy = new Uint8Array(bytes);
  const stored = new Uint16Array(copy.buffer);
  if (byteOrder === 'swap')
    for (let n = 0; n < stored.length; n++) stored[n] = ((copy[2 * n] as number) << 8) | (copy[2 * n + 1] as number);
  return stored;
}

/** Takes the bits up to High Bit; what lies above is not part of the value (old overlays) or a missing sign. */
function extendSign(stored: StoredPixels, { bitsStored, highBit, signed }: PixelFormat): StoredPixels {
  if (bitsStored === 16) return signed ? new Int16Array(stored.buffer, stored.byteOffset, stored.length) : stored;
  const toTop = 31 - highBit;
  const toBottom = 32 - bitsStored;
  const extended = signed ? new Int16Array(stored.length) : new Uint16Array(stored.length);
  // Loops: `from` with a function takes thirty times as long (22 against 0.7 ms for 512 × 512).
  if (signed) for (let n = 0; n < stored.length; n++) extended[n] = ((stored[n] as number) << toTop) >> toBottom;
  else for (let n = 0; n < stored.length; n++) extended[n] = ((stored[n] as number) << toTop) >>> toBottom;
  return extended;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
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

function damaged(transferSyntaxUid: string, cause?: unknown): VoxwatchError {
  return new VoxwatchError(
    'DICOM_TRANSFER_SYNTAX',
    `A slice cannot be decompressed (transfer syntax ${transferSyntaxUid}): it is damaged or of an unknown kind.`,
    { transferSyntaxUid },
    cause,
  );
}
