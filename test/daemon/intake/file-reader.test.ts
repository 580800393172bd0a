import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileReader, isSystemError } from '../../../daemon/intake/file-reader.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'voxwatch-reader-'));
});
afterAll(() => rm(root, { recursive: true }));

async function file(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(root, name), bytes);
  return join(root, name);
}

describe('FileReader', () => {
  it('shows each file whole and nothing of the one before, in the buffer of the one before', async () => {
    const reader = new FileReader();
    const [long, short, none] = [new Uint8Array(70_000).fill(7), Uint8Array.of(1, 2, 3), new Uint8Array()];
    const buffers = new Set<ArrayBufferLike>();
    for (const [name, bytes] of [
      ['long', long],
      ['short', short],
      ['none', none],
      ['again', long],
    ] as const) {
      const shown = await reader.read(await file(name, bytes), (found) => {
        buffers.add(found.buffer);
        return found.slice();
      });
      expect(Buffer.from(shown).equals(bytes)).toBe(true);
    }
    expect(buffers.size).toBe(1);
  });

  it('reads several at a time, each in a buffer of its own', async () => {
    const reader = new FileReader();
    const contents = Array.from({ length: 6 }, (_, n) => new Uint8Array(1000 + n).fill(n + 1));
    const files = await Promise.all(contents.map((bytes, n) => file(`side-${n}`, bytes)));
    const later = new Promise((resolve) => setTimeout(resolve, 20));
    const shown = await Promise.all(files.map((name) => reader.read(name, async (bytes) => (await later, bytes.slice()))));
    shown.forEach((bytes, n) => expect(Buffer.from(bytes).equals(contents[n] as Uint8Array)).toBe(true));
  });

  it('hands on what is thrown, and goes on with the next file', async () => {
    const reader = new FileReader();
    const known = await file('known', Uint8Array.of(5));
    await expect(reader.read(join(root, 'gone'), () => 1)).rejects.toSatisfy(isSystemError);
    const mistake = new Error('mine');
    await expect(reader.read(known, () => Promise.reject(mistake))).rejects.toBe(mistake);
    expect(isSystemError(mistake)).toBe(false);
    expect(await reader.read(known, ([first]) => first)).toBe(5);
  });
});
