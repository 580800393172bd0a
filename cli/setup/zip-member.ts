/**
 * A zip archive and the name of a member → that member as a file. A wheel is a zip.
 *
 * Members are unpacked in a stream: the largest is half a gigabyte. Archives of more than 4 GB (zip64), encrypted ones and
 * those in several parts are refused; no wheel is one. Source: PKWARE APPNOTE 6.3, 4.3.7, 4.3.12, 4.3.16.
 * @module
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { VoxwatchError } from '../../core/errors.ts';

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
const MAX_COMMENT_BYTES = 0xffff;
/** Stands for "see the zip64 record". */
const ZIP64 = 0xffffffff;

const STORED = 0;
const DEFLATED = 8;

/** Where a member lies. */
export interface ZipMember {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly headerOffset: number;
}

/** The members of an archive by name. @throws {VoxwatchError} `SETUP_FILE` where it is no zip. */
export async function readZipDirectory(path: string): Promise<ReadonlyMap<string, ZipMember>> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const tail = await read(file, Math.max(0, size - END_BYTES - MAX_COMMENT_BYTES), Math.min(size, END_BYTES + MAX_COMMENT_BYTES));
    let end = tail.length - END_BYTES;
    while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end--;
    if (end < 0) throw noZip();
    const directory = await read(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    return parseDirectory(directory);
  } finally {
    await file.close();
  }
}

function parseDirectory(directory: Buffer): ReadonlyMap<string, ZipMember> {
  const members = new Map<string, ZipMember>();
  for (let at = 0; at + ENTRY_BYTES <= directory.length; ) {
    if (directory.readUInt32LE(at) !== ENTRY_SIGNATURE) throw noZip();
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => directory.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const name = directory.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
    members.set(name, {
      name,
      method: directory.readUInt16LE(at + 10),
      packedBytes: directory.readUInt32LE(at + 20),
      unpackedBytes: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at += ENTRY_BYTES + nameBytes + extraBytes + commentBytes;
  }
  return members;
}

/**
 * Unpacks one member.
 * @param target - Must not be there.
 * @throws {VoxwatchError} `SETUP_FILE` where the member is packed in another way, or does not come out at its size.
 */
export async function unpackMember(path: string, member: ZipMember, target: string): Promise<void> {
  const { method, packedBytes, unpackedBytes, headerOffset } = member;
  if ([packedBytes, unpackedBytes, headerOffset].includes(ZIP64) || (method !== STORED && method !== DEFLATED)) throw noZip();
  const start = headerOffset + (await localHeaderBytes(path, headerOffset));
  const packed = createReadStream(path, { start, end: start + packedBytes - 1, highWaterMark: 1 << 20 });
  const output = createWriteStream(target, { flags: 'wx' });
  if (method === DEFLATED) await pipeline(packed, createInflateRaw(), output);
  else await pipeline(packed, output);
  if ((await stat(target)).size !== unpackedBytes) throw noZip();
}

/** The local header repeats name and extra field, with an extra field of another length. */
async function localHeaderBytes(path: string, offset: number): Promise<number> {
  const file = await open(path, 'r');
  try {
    const header = await read(file, offset, LOCAL_HEADER_BYTES);
    return LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead < length) throw noZip();
  return buffer;
}

function noZip(): VoxwatchError {
  return new VoxwatchError('SETUP_FILE', 'A wheel cannot be unpacked: it is no zip archive of the usual kind.');
}
