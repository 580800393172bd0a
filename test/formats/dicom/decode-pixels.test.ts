import { describe, expect, it } from 'vitest';
import { canDecode, decodePixels } from '../../../formats/dicom/decode-pixels.ts';
import { type DicomInstance, type PixelFormat, readInstance } from '../../../formats/dicom/instance.ts';
import { type PixelData, parseFile } from '../../../formats/dicom/parse-file.ts';
import { rescaleToHu } from '../../../formats/dicom/slice-hu.ts';
import { writeCtSeries } from '../../../formats/dicom/write-instance.ts';
import { axialGrid, countingVolume } from '../phantoms.ts';
import { describeWithSharedData, expectedData, huDigest, sharedBytes } from '../shared-data.ts';
import { GREY_JPEG, SIGNED_12_BIT_JPEG_2000 } from './code-streams.ts';

async function huOf(bytes: Uint8Array): Promise<Int16Array> {
  const file = parseFile(bytes);
  const instance = readInstance(file);
  const { stored } = await decodePixels(instance, file.pixels);
  const hu = new Int16Array(stored.length);
  rescaleToHu(stored, instance.format as PixelFormat, hu);
  return hu;
}

async function storedOf(instance: DicomInstance, pixels: PixelData): Promise<number[]> {
  return [...(await decodePixels(instance, pixels)).stored];
}

describe('decoding pixels', () => {
  const bytes = writeCtSeries(countingVolume(axialGrid([2, 2, 1])), { seed: 1, seriesDescription: 'x', convolutionKernel: 'x' })[0];
  const instance = readInstance(parseFile(bytes as Uint8Array));
  const withFormat = (format: Partial<PixelFormat>): DicomInstance => ({
    ...instance,
    format: { ...(instance.format as PixelFormat), ...format },
  });
  const pixels = {
    kind: 'native',
    bytes: Uint8Array.of(0xff, 0xff, 0x01, 0x40, 0x00, 0x20, 0xf0, 0x1f),
    bigEndian: false,
  } as const;

  it('extends the sign from Bits Stored and ignores what lies above', async () => {
    const signed = withFormat({ bitsStored: 14, highBit: 13, signed: true });
    expect(await storedOf(signed, pixels)).toEqual([-1, 1, -8192, 8176]);
    const unsigned = withFormat({ bitsStored: 12, highBit: 15, signed: false });
    expect(await storedOf(unsigned, pixels)).toEqual([0xfff, 0x400, 0x200, 0x1ff]);
  });

  it('swaps the bytes of big-endian pixels', async () => {
    expect(await storedOf(instance, { ...pixels, bigEndian: true })).toEqual([-1, 0x140, 0x20, -4065]);
  });

  it.each([
    [{ highBit: 3 }, 'DICOM_PIXELS'],
    [{ samplesPerPixel: 3 }, 'DICOM_PIXELS'],
    [{ photometric: 'MONOCHROME1' }, 'DICOM_PIXELS'],
    [{ bitsAllocated: 32, bitsStored: 32 }, 'DICOM_PIXELS'],
    [{ rows: 3 }, 'INPUT_TRUNCATED'],
  ])('refuses %o with %s', async (format, code) => {
    await expect(decodePixels(withFormat(format), pixels)).rejects.toMatchObject({ code });
  });

  it('names a transfer syntax that it cannot decode', async () => {
    const compressed = { ...instance, pixelKind: 'encapsulated', transferSyntaxUid: '1.2.840.10008.1.2.4.51' } as const;
    const failure = decodePixels(compressed, {
      kind: 'encapsulated',
      frames: [[Uint8Array.of(1, 2)]],
      fragmentCount: 1,
    });
    await expect(failure).rejects.toMatchObject({
      code: 'DICOM_TRANSFER_SYNTAX',
      message: expect.stringContaining('1.2.840.10008.1.2.4.51'),
    });
  });

  const compressedAs = (syntax: string, format: Partial<PixelFormat>): DicomInstance => ({
    ...withFormat(format),
    pixelKind: 'encapsulated',
    transferSyntaxUid: `1.2.840.10008.1.2.4.${syntax}`,
  });
  const encapsulated = (frame: Uint8Array): PixelData => ({ kind: 'encapsulated', frames: [[frame]], fragmentCount: 1 });

  it('believes the sign and the depth of the code stream, and says that they are not as declared', async () => {
    const declared = { rows: 32, columns: 32, bitsAllocated: 16, bitsStored: 12, highBit: 11, signed: true };
    const rows = (values: ArrayLike<number>): number[] => Array.from({ length: 32 }, (_, row) => values[32 * row + 5] as number);
    const expected = Array.from({ length: 32 }, (_, row) => 10 * (row - 16));
    for (const [format, isAsDeclared] of [
      [declared, true],
      [{ ...declared, signed: false }, false],
      [{ ...declared, bitsStored: 16, highBit: 15 }, false],
    ] as const) {
      const decoded = await decodePixels(compressedAs('90', format), encapsulated(SIGNED_12_BIT_JPEG_2000));
      expect(rows(decoded.stored)).toEqual(expected);
      expect(decoded.isAsDeclared).toBe(isAsDeclared);
    }
  });

  it.each([
    ['90', SIGNED_12_BIT_JPEG_2000],
    ['50', GREY_JPEG],
  ])('refuses a code stream (….4.%s) that is larger than the header says', async (syntax, stream) => {
    const failure = decodePixels(compressedAs(syntax, { rows: 8, columns: 7, bitsAllocated: 16 }), encapsulated(stream));
    await expect(failure).rejects.toMatchObject({ code: 'DICOM_PIXELS' });
  });

  it('does not let a code stream ask for memory', async () => {
    const greedy = Buffer.from(SIGNED_12_BIT_JPEG_2000);
    greedy.writeUInt32BE(0x7fffffff, 8);
    greedy.writeUInt32BE(0x7fffffff, 12);
    const failure = decodePixels(compressedAs('90', { rows: 32, columns: 32 }), encapsulated(greedy));
    await expect(failure).rejects.toMatchObject({ code: 'DICOM_PIXELS' });
  });

  it('reads JPEG Extended of 8 bits', async () => {
    const format = { rows: 8, columns: 8, bitsAllocated: 8, bitsStored: 8, highBit: 7, signed: false };
    const { stored } = await decodePixels(compressedAs('51', format), encapsulated(GREY_JPEG));
    const column = Array.from({ length: 8 }, (_, row) => stored[8 * row] as number);
    column.forEach((value, row) => expect(Math.abs(value - (60 + 16 * row))).toBeLessThan(4));
  });

  it.each(['1.2.840.113619.5.2', '1.3.46.670589.33.1.4.1', '1.2.840.10008.1.2.4.100', '1.2.840.10008.1.20'])(
    'does not take %s for one of the syntaxes that it knows',
    async (transferSyntaxUid) => {
      expect(canDecode({ ...instance, transferSyntaxUid })).toBe(false);
      await expect(decodePixels({ ...instance, transferSyntaxUid }, pixels)).rejects.toMatchObject({
        code: 'DICOM_TRANSFER_SYNTAX',
        message: expect.stringContaining(transferSyntaxUid),
      });
    },
  );
});

describeWithSharedData('decoding pixels as pydicom does', () => {
  const files = Object.entries(expectedData().dicom_files).filter(
    ([name, { hu_sha256 }]) => hu_sha256 && !name.endsWith('liver.dcm'),
  );

  it('covers the whole table', () => expect(files.length).toBeGreaterThan(115));

  it.each(files)('%s has the same HU, bit for bit', async (name, expected) => {
    expect(huDigest(await huOf(sharedBytes(name)))).toBe(expected.hu_sha256);
  });

  it('does not mix up slices that are decoded at the same time', async () => {
    const compressed = files.filter(([, { transfer_syntax }]) => transfer_syntax?.startsWith('1.2.840.10008.1.2.4.'));
    const digests = await Promise.all(compressed.map(async ([name]) => huDigest(await huOf(sharedBytes(name)))));
    expect(digests).toEqual(compressed.map(([, { hu_sha256 }]) => hu_sha256));
  });
});
