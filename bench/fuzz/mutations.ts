/**
 * Ways to damage a file, all drawn from a seeded source: the same draw gives the same damage.
 * @module
 */
import { gzipSync } from 'node:zlib';
import type { Random } from '../../core/random.ts';
import { HEADER_LAYOUTS } from '../../formats/nifti/header-layout.ts';
import { elementSpans } from './transcode.ts';

type Mutation = (bytes: Buffer, random: Random) => Buffer;

/** Headers lie in the first bytes: more than half of the damage is done there. */
const HEADER_BYTES = 2_048;

/** Numbers where code breaks. */
const EXTREME_INTEGERS = [
  0, 1, -1, 2, 8, 127, 128, 255, 256, 32767, -32768, 65535, 0x7fffffff, -0x80000000, 0xfffffffe, 0xffffffff,
];
const EXTREME_FLOATS = [0, -0, 1, -1, 352, 351.5, 1e-30, 1e30, -1e30, 2 ** 31, 2 ** 53, Number.NaN, Infinity, -Infinity];
const EXTREME_TEXTS = [
  '',
  '0',
  '-1',
  '1e308',
  '-1e308',
  '1e-320',
  '9999999999999999',
  'NaN',
  '1\\2\\3\\4',
  '\\\\',
  '0\\0\\0',
  '0,5',
  ' +1 ',
  '\0\0',
];

/** A file grows by this much at most, but for {@link bomb}. */
const MAX_INSERTED_BYTES = 4_096;
const BOMB_BYTES = 32 << 20;

const ANY_FILE: readonly Mutation[] = [flipBits, overwrite, extremeInteger, truncate, insert, remove, duplicate, append, blank];
const DICOM: readonly Mutation[] = [elementLength, elementTwice, elementGone, elementValue, elementVr, elementMoved];
const NIFTI: readonly Mutation[] = [headerField, headerField, headerField, compressed, compressed, bomb];

/** One to four mutations, one after the other. Never the same object as `file`. */
export function mutate(file: Uint8Array, kind: 'dicom' | 'nifti', random: Random): Buffer {
  const special = kind === 'dicom' ? DICOM : NIFTI;
  let bytes: Buffer = Buffer.from(file);
  for (let rounds = random.integer(1, 4); rounds > 0; rounds--) {
    bytes = random.pick(random.chance(0.5) ? special : ANY_FILE)(bytes, random);
  }
  return bytes;
}

/** Part of one file in the place of the same part of another. */
export function splice(bytes: Buffer, other: Uint8Array, random: Random): Buffer {
  const from = position(bytes, random);
  const length = random.integer(1, 512);
  return Buffer.concat([bytes.subarray(0, from), other.subarray(from, from + length), bytes.subarray(from + length)]);
}

function position({ length }: Uint8Array, random: Random): number {
  if (length === 0) return 0;
  return random.integer(0, (random.chance(0.6) ? Math.min(HEADER_BYTES, length) : length) - 1);
}

function flipBits(bytes: Buffer, random: Random): Buffer {
  for (let count = random.integer(1, 16); count > 0 && bytes.length > 0; count--) {
    const at = position(bytes, random);
    bytes[at] = (bytes[at] as number) ^ (1 << random.integer(0, 7));
  }
  return bytes;
}

function overwrite(bytes: Buffer, random: Random): Buffer {
  const from = position(bytes, random);
  const end = Math.min(bytes.length, from + random.integer(1, 32));
  for (let at = from; at < end; at++) bytes[at] = random.integer(0, 255);
  return bytes;
}

function extremeInteger(bytes: Buffer, random: Random): Buffer {
  const at = position(bytes, random);
  const value = random.pick(EXTREME_INTEGERS);
  const width = random.pick([2, 4, 8]);
  if (at + width > bytes.length) return bytes;
  const isLittle = random.chance(0.7);
  if (width === 2) isLittle ? bytes.writeUInt16LE(value & 0xffff, at) : bytes.writeUInt16BE(value & 0xffff, at);
  else if (width === 4) isLittle ? bytes.writeUInt32LE(value >>> 0, at) : bytes.writeUInt32BE(value >>> 0, at);
  else isLittle ? bytes.writeBigInt64LE(BigInt(value), at) : bytes.writeBigInt64BE(BigInt(value), at);
  return bytes;
}

function truncate(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(0, position(bytes, random));
}

function insert(bytes: Buffer, random: Random): Buffer {
  const at = position(bytes, random);
  return Buffer.concat([bytes.subarray(0, at), noise(random.integer(1, 64), random), bytes.subarray(at)]);
}

function remove(bytes: Buffer, random: Random): Buffer {
  const at = position(bytes, random);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.integer(1, 64))]);
}

function duplicate(bytes: Buffer, random: Random): Buffer {
  const at = position(bytes, random);
  const end = at + random.integer(1, MAX_INSERTED_BYTES);
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
}

function append(bytes: Buffer, random: Random): Buffer {
  return Buffer.concat([bytes, noise(random.integer(1, MAX_INSERTED_BYTES), random)]);
}

function blank(bytes: Buffer, random: Random): Buffer {
  const at = position(bytes, random);
  return bytes.fill(random.pick([0, 0x20, 0xff]), at, Math.min(bytes.length, at + random.integer(1, 512)));
}

function noise(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, () => random.integer(0, 255)));
}

function elementLength(bytes: Buffer, random: Random): Buffer {
  const spans = elementSpans(bytes);
  if (spans.length === 0) return extremeInteger(bytes, random);
  const { start, valueStart } = random.pick(spans);
  const length = random.pick(EXTREME_INTEGERS);
  if (valueStart - start === 12) bytes.writeUInt32LE(length >>> 0, start + 8);
  else bytes.writeUInt16LE(length & 0xffff, start + 6);
  return bytes;
}

function elementTwice(bytes: Buffer, random: Random): Buffer {
  return withElement(bytes, random, (element) => Buffer.concat([element, element]));
}

function elementGone(bytes: Buffer, random: Random): Buffer {
  return withElement(bytes, random, () => Buffer.alloc(0));
}

/** Another value of the same kind: a text, or the same number of bytes. */
function elementValue(bytes: Buffer, random: Random): Buffer {
  return withElement(bytes, random, (element) => {
    if (/^(US|SS|UL|OW|OB)/.test(element.toString('latin1', 4, 6))) {
      const changed = Buffer.from(element);
      for (let at = 8; at + 2 <= Math.min(changed.length, 16); at += 2)
        changed.writeUInt16LE(random.pick(EXTREME_INTEGERS) & 0xffff, at);
      return changed;
    }
    const value = Buffer.from(random.pick(EXTREME_TEXTS).padEnd(2 * random.integer(0, 9)), 'latin1');
    const start = Buffer.from(element.subarray(0, 8));
    start.writeUInt16LE(value.length, 6);
    return Buffer.concat([start, value]);
  });
}

function elementVr(bytes: Buffer, random: Random): Buffer {
  return withElement(bytes, random, (element) => {
    const changed = Buffer.from(element);
    changed.write(random.pick(['SQ', 'UN', 'OB', 'UT', 'DS', 'US', 'FD', 'zz']), 4, 'latin1');
    return changed;
  });
}

function elementMoved(bytes: Buffer, random: Random): Buffer {
  return withElement(bytes, random, (element) => {
    const changed = Buffer.from(element);
    changed.writeUInt16LE(random.pick([0x0008, 0x0020, 0x0028, 0x5200, 0x7fe0, 0xfffe]), 0);
    changed.writeUInt16LE(random.pick([0x0008, 0x0010, 0x0032, 0x9230, 0xe000, 0xe00d, 0xe0dd]), 2);
    return changed;
  });
}

function withElement(bytes: Buffer, random: Random, change: (element: Buffer) => Buffer): Buffer {
  const spans = elementSpans(bytes);
  if (spans.length === 0) return flipBits(bytes, random);
  const { start, end } = random.pick(spans);
  return Buffer.concat([bytes.subarray(0, start), change(bytes.subarray(start, end)), bytes.subarray(end)]);
}

/** A field of a NIfTI header at an end of its range. */
function headerField(bytes: Buffer, random: Random): Buffer {
  const version = bytes.length >= 4 && bytes.readInt32LE(0) === HEADER_LAYOUTS[2].headerBytes ? 2 : 1;
  const at = HEADER_LAYOUTS[version];
  if (bytes.length < at.headerBytes) return flipBits(bytes, random);
  const integer = random.pick(EXTREME_INTEGERS);
  const float = random.pick(EXTREME_FLOATS);
  const setFloat = (offset: number): void => {
    if (version === 1) bytes.writeFloatLE(float, offset);
    else bytes.writeDoubleLE(float, offset);
  };
  const setSize = (offset: number): void => {
    if (version === 1) bytes.writeInt16LE((integer << 16) >> 16, offset);
    else bytes.writeBigInt64LE(BigInt(integer), offset);
  };
  const fields: readonly (() => void)[] = [
    () => setSize(at.dim + random.integer(0, 7) * (version === 1 ? 2 : 8)),
    () => setFloat(at.pixdim + random.integer(0, 7) * at.floatBytes),
    () => setFloat(at.quaternB + random.integer(0, 2) * at.floatBytes),
    () => setFloat(at.srowX + random.integer(0, 11) * at.floatBytes),
    () => (version === 1 ? setFloat(at.voxOffset) : setSize(at.voxOffset)),
    () => setFloat(random.pick([at.sclSlope, at.sclInter])),
    () => bytes.writeUInt16LE(random.pick([0, 1, 2, 4, 8, 16, 64, 128, 256, 512, 768, 1024, 1280, 1536, 2304, 65535]), at.datatype),
    () => bytes.writeUInt16LE(integer & 0xffff, random.pick([at.qformCode, at.sformCode, at.bitpix])),
    () => bytes.writeUInt8(integer & 0xff, at.xyztUnits),
    () => bytes.write(random.pick(['n+1\0', 'ni1\0', 'n+2\0', 'ni2\0', 'n+9\0']), at.magic, 'latin1'),
    () => bytes.writeInt32LE(random.pick([348, 540, 0x5c010000, 0x1c020000, integer | 0]), 0),
  ];
  random.pick(fields)();
  return bytes;
}

/** gzipped, and half of the time damaged after that. */
function compressed(bytes: Buffer, random: Random): Buffer {
  const packed = gzipSync(bytes);
  if (random.chance(0.3)) return packed;
  if (random.chance(0.3)) return Buffer.concat([packed, random.pick([packed, noise(16, random), Buffer.alloc(64)])]);
  return random.pick([flipBits, overwrite, truncate, insert])(packed, random);
}

/** A small file that unpacks to far more than its header says. */
function bomb(bytes: Buffer, random: Random): Buffer {
  return random.chance(0.05) ? gzipSync(Buffer.concat([bytes, Buffer.alloc(BOMB_BYTES)]), { level: 1 }) : compressed(bytes, random);
}
