/** Wheels small enough to write by hand, and a package index on this machine that has them. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import type { Wheel } from '../../../cli/setup/cuda-wheels.ts';

/** A wheel and its bytes. */
export interface MadeWheel {
  readonly wheel: Wheel;
  readonly bytes: Uint8Array;
}

/** @param libraries - Content by file name. */
export function makeWheel(project: string, libraries: Readonly<Record<string, Uint8Array>>): MadeWheel {
  const folder = 'nvidia/lib';
  const members = Object.entries(libraries).map(([name, content]) => [`${folder}/${name}`, content] as const);
  const bytes = makeZip([...members, ['METADATA', Buffer.from('Name: x')]]);
  return {
    bytes,
    wheel: {
      project,
      version: '1.0',
      file: `${project}-1.0.whl`,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      sizeBytes: bytes.length,
      folder,
      libraries: Object.fromEntries(Object.entries(libraries).map(([name, content]) => [name, content.length])),
    },
  };
}

/** Every second member is stored, the others are deflated; local headers carry an extra field that the directory has not. */
export function makeZip(members: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  members.forEach(([name, content], n) => {
    const method = n % 2 === 0 ? 8 : 0;
    const packed = method === 8 ? deflateRawSync(content) : Buffer.from(content);
    const extra = Buffer.alloc(7);
    const common = Buffer.alloc(24);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const lengths = Buffer.alloc(2);
    lengths.writeUInt16LE(extra.length);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, lengths, Buffer.from(name), extra, packed]);
    const rest = Buffer.alloc(16);
    rest.writeUInt32LE(offset, 12);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 0]), common, rest, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  });
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, entries, end]);
}

export async function writeWheels(folder: string, made: readonly MadeWheel[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { wheel, bytes } of made) await writeFile(join(folder, wheel.file), bytes);
}

/** What a server does with a request for a file, instead of sending it. */
export type Answer = (request: IncomingMessage, response: ServerResponse, bytes: Uint8Array) => void;

export interface TestIndex {
  readonly url: string;
  /** `Range` of each request for a file, in order; undefined where there was none. */
  readonly ranges: (string | undefined)[];
  readonly server: Server;
}

/** Sends a file, or the part of it that is asked for. */
export const sendRange: Answer = (request, response, bytes) => {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start > 0) response.setHeader('content-range', `bytes ${start}-${bytes.length - 1}/${bytes.length}`);
  response.writeHead(start > 0 ? 206 : 200).end(bytes.subarray(start));
};

/** A package index as PEP 691 describes it. @param answers - For the first requests for a file; later ones are answered well. */
export async function startIndex(made: readonly MadeWheel[], answers: readonly Answer[] = []): Promise<TestIndex> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const [, top, name] = (request.url ?? '').split('/');
    const found = made.find(({ wheel }) => (top === 'simple' ? wheel.project === name : wheel.file === name));
    if (!found) return void response.writeHead(404).end();
    if (top === 'files') {
      ranges.push(request.headers.range);
      return (answers[ranges.length - 1] ?? sendRange)(request, response, found.bytes);
    }
    const { file, sha256 } = found.wheel;
    const files = [{ filename: file, url: `../../files/${file}`, hashes: { sha256 } }];
    response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json').end(JSON.stringify({ files }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`, ranges, server };
}
