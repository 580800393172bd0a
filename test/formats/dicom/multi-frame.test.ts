import { describe, expect, it } from 'vitest';
import { decodePixels } from '../../../formats/dicom/decode-pixels.ts';
import { decodeRle } from '../../../formats/dicom/decode-rle.ts';
import { encodePart10 } from '../../../formats/dicom/encode-data-set.ts';
import { readInstances } from '../../../formats/dicom/instance.ts';
import { parseFile } from '../../../formats/dicom/parse-file.ts';
import { groupSeries } from '../../../formats/dicom/series.ts';
import { splitFrames } from '../../../formats/dicom/split-frames.ts';

const ENHANCED_CT = '1.2.840.10008.5.1.4.1.1.2.1';

function element(tag: number, vr: string, value: string | Uint8Array): Buffer {
  const text = Buffer.from(value as string);
  const content = text.length % 2 === 0 ? text : Buffer.concat([text, Buffer.from(' ')]);
  const head = Buffer.alloc(vr === 'SQ' || vr === 'UN' ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4);
  if (head.length === 12) head.writeUInt32LE(content.length, 8);
  else head.writeUInt16LE(content.length, 6);
  return Buffer.concat([head, content]);
}

function sequence(tag: number, ...items: readonly (readonly Buffer[])[]): Buffer {
  const parts = items.map((elements) => {
    const content = Buffer.concat(elements);
    const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
    head.writeUInt32LE(content.length, 4);
    return Buffer.concat([head, content]);
  });
  return element(tag, 'SQ', Buffer.concat(parts));
}

/** Three frames of 2 × 2 pixels, each with its place, intercept and acquisition. */
function enhancedCt(frames = 3): Uint8Array {
  const plain = Buffer.from(
    encodePart10(ENHANCED_CT, '1.2.3', [
      [0x00080008, 'CS', ['ORIGINAL', 'PRIMARY', 'VOLUME', 'MIXED']],
      [0x00080016, 'UI', ENHANCED_CT],
      [0x00080018, 'UI', '1.2.3'],
      [0x00080060, 'CS', 'CT'],
      [0x0020000e, 'UI', '1.2.4'],
      [0x00280002, 'US', 1],
      [0x00280004, 'CS', 'MONOCHROME2'],
      [0x00280008, 'IS', frames],
      [0x00280010, 'US', 2],
      [0x00280011, 'US', 2],
      [0x00280100, 'US', 16],
      [0x00280101, 'US', 16],
      [0x00280102, 'US', 15],
      [0x00280103, 'US', 1],
      [0x7fe00010, 'OW', new Uint8Array(Int16Array.from({ length: 4 * frames }, (_, n) => n).buffer)],
    ]),
  );
  const groups = Buffer.concat([
    sequence(0x52009229, [
      sequence(0x00289110, [element(0x00280030, 'DS', '0.8\\0.7')]),
      sequence(0x00209116, [element(0x00200037, 'DS', '1\\0\\0\\0\\1\\0')]),
    ]),
    sequence(
      0x52009230,
      ...[0, 1, 2].map((n) => [
        sequence(0x00209113, [element(0x00200032, 'DS', `0\\0\\${10 - 2 * n}`)]),
        sequence(0x00289145, [element(0x00281052, 'DS', `${-1000 - n}`), element(0x00281053, 'DS', '1')]),
        sequence(0x00189329, [element(0x00089007, 'CS', 'ORIGINAL\\PRIMARY\\VOLUME\\NONE')]),
      ]),
    ),
  ]);
  const pixelsAt = plain.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
  return Buffer.concat([plain.subarray(0, pixelsAt), groups, plain.subarray(pixelsAt)]);
}

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
    const instances = readInstances(parseFile(enhancedCt(4)));
    expect(groupSeries(instances)[0]?.refusal?.code).toBe('DICOM_NO_GEOMETRY');
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
});
