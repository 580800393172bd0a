import { describe, expect, it } from 'vitest';
import { decodePixels } from '../../../formats/dicom/decode-pixels.ts';
import { decodeRle } from '../../../formats/dicom/decode-rle.ts';
import { readInstances } from '../../../formats/dicom/instance.ts';
import { parseFile } from '../../../formats/dicom/parse-file.ts';
import { groupSeries } from '../../../formats/dicom/series.ts';
import { splitFrames } from '../../../formats/dicom/split-frames.ts';
import { element, encapsulated, enhancedCt, implicitFrameGroups, SEQUENCE_END, UNDEFINED_LENGTH } from './enhanced-ct.ts';

const RLE = '1.2.840.10008.1.2.5';

describe('a multi-frame CT file', () => {
  it('is one slice a frame, with its own place and rescale, ordered by place', async () => {
    const file = parseFile(enhancedCt());
    const [series, ...others] = groupSeries(readInstances(file));
    expect(others).toEqual([]);
    expect(series?.instances.map(({ frameIndex }) => frameIndex)).toEqual([2, 1, 0]);
    expect(series?.instances.map(({ format }) => format?.intercept)).toEqual([-1002, -1001, -1000]);
    expect(series?.geometry?.voxelToWorld).toEqual([0.7, 0, 0, 0, 0, 0.8, 0, 0, 0, 0, 2, 6, 0, 0, 0, 1]);
    const last = series?.instances[0];
    expect(last && [...(await decodePixels(last, file.pixels)).stored]).toEqual([8, 9, 10, 11]);
  });

  it('is refused where it does not say where each frame lies', () => {
    const instances = readInstances(parseFile(enhancedCt({ frames: 4, pixels: element(0x7fe00010, 'OW', new Uint8Array(32)) })));
    expect(groupSeries(instances)[0]?.refusal?.code).toBe('DICOM_NO_GEOMETRY');
  });

  it.each([
    ['defined', (content: Buffer) => element(0x52009230, 'UN', content)],
    ['undefined', (content: Buffer) => element(0x52009230, 'UN', Buffer.concat([content, SEQUENCE_END]), UNDEFINED_LENGTH)],
  ])('may have its per-frame groups as UN of %s length, implicit inside', (_, wrap) => {
    const unknown = readInstances(parseFile(enhancedCt({ perFrame: () => wrap(implicitFrameGroups()) })));
    expect(unknown).toEqual(readInstances(parseFile(enhancedCt())));
  });

  it.each([
    ['more frames than any CT has', { frames: 20_001 }, 'INPUT_TOO_LARGE'],
    ['more frames than there are pixels for', { frames: 4 }, 'INPUT_TRUNCATED'],
    ['compressed, more frames than fragments', { pixels: encapsulated(new Uint8Array(0), Uint8Array.of(1, 2)) }, 'INPUT_TRUNCATED'],
    [
      'fragments that nothing assigns to frames',
      { pixels: encapsulated(new Uint8Array(0), ...[1, 2, 3, 4].map((n) => Uint8Array.of(n, n))) },
      'DICOM_PIXELS',
    ],
  ])('is refused with %s, before anything is allocated', (_, options, code) => {
    expect(() => readInstances(parseFile(enhancedCt({ ...options, transferSyntaxUid: RLE })))).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it.each([
    ['a basic offset table', [0, 20, 30], 'basic'],
    ['an extended offset table', [0, 20, 30], 'extended'],
  ])('finds the fragments of each frame by %s', (_, offsets, kind) => {
    const fragments = [1, 2, 3, 4].map((n) => Uint8Array.of(n, n));
    const extended = Buffer.from(new Uint8Array(BigUint64Array.from(offsets, BigInt).buffer));
    const bytes = enhancedCt({
      transferSyntaxUid: RLE,
      ...(kind === 'extended' ? { extra: element(0x7fe00001, 'OV', extended) } : {}),
      pixels: encapsulated(kind === 'basic' ? new Uint8Array(Uint32Array.from(offsets).buffer) : new Uint8Array(0), ...fragments),
    });
    const { pixels } = parseFile(bytes);
    expect(pixels?.kind === 'encapsulated' && pixels.frames.map((parts) => parts.map(([n]) => n))).toEqual([[1, 2], [3], [4]]);
  });
});

describe('assigning fragments to frames', () => {
  const jpeg = (n: number): Uint8Array => Uint8Array.of(0xff, 0xd8, 0xff, n);
  const more = (n: number): Uint8Array => Uint8Array.of(n, n, n, n);
  const at = (parts: readonly Uint8Array[]) => parts.map((bytes, n) => ({ bytes, offset: 12 * n }));

  it('follows the offset table', () => {
    expect(splitFrames(at([more(1), more(2), more(3)]), [0, 24], 2)).toEqual([[more(1), more(2)], [more(3)]]);
  });

  it('takes one fragment a frame without a table, or where it does not fit', () => {
    expect(splitFrames(at([more(1), more(2)]), [], 2)).toEqual([[more(1)], [more(2)]]);
    expect(splitFrames(at([more(1), more(2)]), [0, 7], 2)).toEqual([[more(1)], [more(2)]]);
  });

  it('joins all to a single frame, and ignores empty ones', () => {
    expect(splitFrames(at([more(1), new Uint8Array(0), more(2)]), [], 1)).toEqual([[more(1), more(2)]]);
  });

  it('begins a frame where a code stream begins', () => {
    expect(splitFrames(at([jpeg(1), more(2), jpeg(3)]), [], 2)).toEqual([[jpeg(1), more(2)], [jpeg(3)]]);
    expect(splitFrames(at([more(1), more(2), more(3)]), [], 2)).toEqual([]);
  });
});

describe('decoding RLE', () => {
  const frame = (starts: readonly number[], ...bytes: number[]): Uint8Array => {
    const header = Buffer.alloc(64);
    for (const [n, start] of [starts.length, ...starts].entries()) header.writeUInt32LE(start, 4 * n);
    return Buffer.concat([header, Uint8Array.from(bytes)]);
  };

  it('puts the most significant segment into the high bytes', () => {
    expect([...(decodeRle(frame([64, 66], 0xfe, 1, 2, 7, 8, 9), 3, 2) ?? [])]).toEqual([7, 1, 8, 1, 9, 1]);
  });

  it.each([
    ['a segment that ends early', frame([64, 66], 0xff, 1, 2, 7, 8, 9)],
    ['a segment beyond the end', frame([64, 4_000_000_000], 0xfe, 1)],
    ['too many segments', frame([64, 66, 68], 0xfe, 1, 0xfe, 2, 0xfe, 3)],
  ])('refuses %s', (_, damaged) => {
    expect(decodeRle(damaged, 3, 2)).toBeUndefined();
  });

  it('allocates nothing for a frame that cannot fill the picture', () => {
    expect(decodeRle(frame([64, 66], 0x81, 1, 0x81, 2), 2 ** 40, 2)).toBeUndefined();
  });
});
