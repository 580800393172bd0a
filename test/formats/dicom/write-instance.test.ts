import { describe, expect, it } from 'vitest';
import { decodePixels } from '../../../formats/dicom/decode-pixels.ts';
import { decimalString } from '../../../formats/dicom/encode-data-set.ts';
import { type PixelFormat, readInstance } from '../../../formats/dicom/instance.ts';
import { parseFile } from '../../../formats/dicom/parse-file.ts';
import { padWithAir, rescaleToHu, storedToHu } from '../../../formats/dicom/slice-hu.ts';
import { writeCtSeries } from '../../../formats/dicom/write-instance.ts';
import { axialGrid, countingVolume } from '../phantoms.ts';

const options = { seed: 7, seriesDescription: 'Phantom arterial', convolutionKernel: 'STANDARD' };

describe('writing a CT series', () => {
  it.each(['int16', 'uint16'] as const)('gives back every voxel stored as %s', async (storedAs) => {
    const volume = countingVolume(axialGrid());
    for (const [k, bytes] of writeCtSeries(volume, { ...options, storedAs }).entries()) {
      const file = parseFile(bytes);
      const instance = readInstance(file);
      const hu = new Int16Array(30);
      rescaleToHu((await decodePixels(instance, file.pixels)).stored, instance.format as PixelFormat, hu);
      expect(hu).toEqual(volume.hu.subarray(k * 30, (k + 1) * 30));
    }
  });

  it('writes the attributes that make a CT series', () => {
    const { elements } = parseFile(writeCtSeries(countingVolume(axialGrid()), options)[2] as Uint8Array);
    const uids = ['x00080018', 'x0020000d', 'x0020000e', 'x00200052'] as const;
    expect(new Set(uids.map((tag) => elements.text(tag))).size).toBe(4);
    for (const tag of uids) expect(elements.text(tag)).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
    expect(elements.text('x00080016')).toBe('1.2.840.10008.5.1.4.1.1.2');
    expect(elements.texts('x00080008')).toEqual(['ORIGINAL', 'PRIMARY', 'AXIAL']);
    expect(elements.text('x00080060')).toBe('CT');
    expect(elements.text('x00100010')).toBe('Phantom^7');
    expect(elements.decimal('x00200013')).toBe(3);
    expect(elements.decimals('x00200032')).toEqual([-100.5, -90.25, 38]);
    expect(elements.decimals('x00200037')).toEqual([1, 0, 0, 0, 1, 0]);
    expect(elements.decimals('x00280030')).toEqual([0.8, 0.7]);
    expect(elements.decimal('x00180050')).toBe(2.5);
    expect([elements.unsigned('x00280010'), elements.unsigned('x00280011')]).toEqual([5, 6]);
  });

  it('gives the same files for the same seed, and other UIDs for another', () => {
    const volume = countingVolume(axialGrid());
    const uid = (seed: number): string =>
      readInstance(parseFile(writeCtSeries(volume, { ...options, seed })[0] as Uint8Array)).sopInstanceUid;
    expect(writeCtSeries(volume, options)).toEqual(writeCtSeries(volume, options));
    expect(uid(7)).not.toBe(uid(8));
  });

  it('declares padding so that it is read as air', async () => {
    const volume = countingVolume(axialGrid([6, 5, 1]));
    volume.hu[3] = -3024;
    const file = parseFile(writeCtSeries(volume, { ...options, paddingHu: -3024 })[0] as Uint8Array);
    const { format, ...instance } = readInstance(file);
    const { stored } = await decodePixels({ format, ...instance }, file.pixels);
    const hu = new Int16Array(30);
    rescaleToHu(stored, format as PixelFormat, hu);
    padWithAir(stored, format as PixelFormat, hu);
    expect([hu[3], hu[4]]).toEqual([-1024, volume.hu[4]]);
    const inOneGo = new Int16Array(30);
    storedToHu(stored, format as PixelFormat, inOneGo);
    expect(inOneGo).toEqual(hu);
  });

  it.each([
    [1, -1024],
    [1, -32_768],
    [1, 32_767],
    [2, -1024],
    [1, 0.5],
  ])('makes in one go what rescaling and padding make one after the other: slope %d, intercept %d', (slope, intercept) => {
    const all = Int16Array.from({ length: 65_536 }, (_, n) => n - 32_768);
    for (const stored of [all, new Uint16Array(all.buffer)])
      for (const padding of [undefined, [-2000, -1990], [40_000, 65_535]] as const) {
        const format = { slope, intercept, ...(padding ? { padding } : {}) } as PixelFormat;
        const [expected, found] = [new Int16Array(65_536), new Int16Array(65_536)];
        rescaleToHu(stored, format, expected);
        padWithAir(stored, format, expected);
        storedToHu(stored, format, found);
        expect(Buffer.from(found.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
      }
  });

  it('refuses to write HU below −1024 as unsigned', () => {
    const volume = countingVolume(axialGrid([6, 5, 1]));
    volume.hu[0] = -1025;
    expect(() => writeCtSeries(volume, { ...options, storedAs: 'uint16' })).toThrow(/-1025/);
  });

  it.each([
    [1 / 3, '0.33333333333333'],
    [-123.456789012345678, '-123.45678901235'],
    [2.5, '2.5'],
    [1e-20, '1e-20'],
  ])('writes %d as a decimal string of at most 16 characters', (value, text) => {
    expect(decimalString(value)).toBe(text);
  });
});
