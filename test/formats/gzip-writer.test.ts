import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/random.ts';
import { gzip, gzipStream } from '../../formats/gzip-writer.ts';

const MIB = 1 << 20;

const random = createRandom(1);
/** Noise in the low bits, as CT has it: shrinks a little. */
const NOISE = Uint8Array.from({ length: 60_000 }, () => random.integer(0, 20));

function content(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += NOISE.length) bytes.set(NOISE.subarray(0, length - at), at);
  return bytes;
}

async function streamed(parts: readonly Uint8Array[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of gzipStream(parts, 1)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a gzip file', () => {
  it.each([
    ['nothing', []],
    ['an empty part', [new Uint8Array(0)]],
    ['one byte', [content(1)]],
    ['exactly a block', [content(MIB)]],
    ['a header and ten blocks and a bit', [content(352), content(10 * MIB + 77)]],
    ['a part that begins in the middle of a buffer', [content(1000).subarray(333)]],
  ])('of %s is one member that holds it, the same at once and by pieces', async (_, parts) => {
    const whole = gzip(parts, 1);
    expect(gunzipSync(whole).equals(Buffer.concat(parts))).toBe(true);
    expect((await streamed(parts)).equals(whole)).toBe(true);
  });

  it('carries no time and no name: the same content gives the same bytes', () => {
    expect(gzip([content(5000)], 4)).toEqual(gzip([content(5000)], 4));
    expect([...gzip([content(5000)], 4).subarray(3, 8)]).toEqual([0, 0, 0, 0, 0]);
  });

  it('may be left half read', async () => {
    for await (const chunk of gzipStream([content(8 * MIB)], 1)) if (chunk.length > 10) break;
  });
});
