/**
 * A file of our own DICOM writer → the same in another transfer syntax, for seeds of the fuzz run.
 * Sources: DICOM PS3.5 annex A (encodings), annex G (RLE).
 * @module
 */
import { deflateRawSync } from 'node:zlib';

/** Preamble and mark. */
const PART10_START_BYTES = 132;

/** Value representations with a 32-bit length. */
const LONG_VRS: ReadonlySet<string> = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);

const PIXEL_DATA = 0x7fe00010;

/** The most bytes that one literal run holds (annex G.3.1). */
const LONGEST_RUN = 128;

const UIDS = { implicit: '1.2.840.10008.1.2', deflated: '1.2.840.10008.1.2.1.99', rle: '1.2.840.10008.1.2.5' } as const;

/** One element of an explicit little-endian file: where it begins and ends, and its value. */
export interface ElementSpan {
  readonly tag: number;
  readonly vr: string;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** Top-level elements of an explicit little-endian Part 10 file, the meta group among them; stops where it cannot go on. */
export function elementSpans(file: Uint8Array): ElementSpan[] {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const spans: ElementSpan[] = [];
  let at = PART10_START_BYTES;
  while (at + 12 <= bytes.length) {
    const vr = bytes.toString('latin1', at + 4, at + 6);
    if (!/^[A-Z]{2}$/.test(vr)) break;
    const isLong = LONG_VRS.has(vr);
    const valueStart = at + (isLong ? 12 : 8);
    const end = valueStart + (isLong ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6));
    if (end > bytes.length) break;
    spans.push({ tag: bytes.readUInt16LE(at) * 0x10000 + bytes.readUInt16LE(at + 2), vr, start: at, valueStart, end });
    at = end;
  }
  return spans;
}

export function transcode(file: Uint8Array, to: keyof typeof UIDS): Uint8Array {
  const dataSet = elementSpans(file).filter(({ tag }) => tag >= 0x00080000);
  const elements = dataSet.map((span) => {
    if (to === 'implicit') return implicitElement(file, span);
    if (to === 'rle' && span.tag === PIXEL_DATA) return rlePixelData(file.subarray(span.valueStart, span.end));
    return file.subarray(span.start, span.end);
  });
  const content = Buffer.concat(elements);
  return Buffer.concat([
    file.subarray(0, PART10_START_BYTES),
    metaGroup(UIDS[to]),
    to === 'deflated' ? deflateRawSync(content) : content,
  ]);
}

function metaGroup(uid: string): Uint8Array {
  const value = Buffer.from(uid.length % 2 === 0 ? uid : `${uid}\0`, 'latin1');
  return Buffer.concat([header(0x00020010, 'UI', value.length), value]);
}

function implicitElement(file: Uint8Array, { tag, valueStart, end }: ElementSpan): Uint8Array {
  const start = Buffer.alloc(8);
  start.writeUInt16LE(tag >>> 16, 0);
  start.writeUInt16LE(tag & 0xffff, 2);
  start.writeUInt32LE(end - valueStart, 4);
  return Buffer.concat([start, file.subarray(valueStart, end)]);
}

/** Two segments, high bytes then low bytes, in literal runs. */
function rlePixelData(pixels: Uint8Array): Uint8Array {
  const segments = [1, 0].map((byte) => literalRuns(pixels.filter((_, n) => n % 2 === byte)));
  const offsets = Buffer.alloc(64);
  offsets.writeUInt32LE(2, 0);
  offsets.writeUInt32LE(64, 4);
  offsets.writeUInt32LE(64 + (segments[0] as Uint8Array).length, 8);
  const frame = Buffer.concat([offsets, ...segments]);
  const even = frame.length % 2 === 0 ? frame : Buffer.concat([frame, Buffer.alloc(1)]);
  const item = (length: number): Buffer => Buffer.from([0xfe, 0xff, 0x00, 0xe0, ...lengthBytes(length)]);
  const delimiter = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
  return Buffer.concat([header(PIXEL_DATA, 'OB', 0xffffffff), item(0), item(even.length), even, delimiter]);
}

function literalRuns(bytes: Uint8Array): Uint8Array {
  const runs: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += LONGEST_RUN) {
    const run = bytes.subarray(at, at + LONGEST_RUN);
    runs.push(Uint8Array.of(run.length - 1), run);
  }
  return Buffer.concat(runs);
}

function header(tag: number, vr: string, length: number): Uint8Array {
  const start = Buffer.alloc(LONG_VRS.has(vr) ? 12 : 8);
  start.writeUInt16LE(tag >>> 16, 0);
  start.writeUInt16LE(tag & 0xffff, 2);
  start.write(vr, 4, 'latin1');
  if (LONG_VRS.has(vr)) start.writeUInt32LE(length, 8);
  else start.writeUInt16LE(length, 6);
  return start;
}

function lengthBytes(length: number): number[] {
  return [length & 0xff, (length >>> 8) & 0xff, (length >>> 16) & 0xff, length >>> 24];
}
