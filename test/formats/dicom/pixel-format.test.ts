import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../formats/dicom/ct-image-rules.ts';
import { type Element, encodePart10 } from '../../../formats/dicom/encode-data-set.ts';
import { type DicomInstance, readInstance } from '../../../formats/dicom/instance.ts';
import { parseFile } from '../../../formats/dicom/parse-file.ts';
import { sequence } from './enhanced-ct.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';

/** A CT slice of 2 × 2 pixels; elements given here take the place of those with the same tag, `undefined` takes one away. */
function slice(changed: readonly Element[] = [], without: readonly number[] = []): Buffer {
  const usual: Element[] = [
    [0x00080016, 'UI', CT],
    [0x00080018, 'UI', '1.2.3'],
    [0x00080060, 'CS', 'CT'],
    [0x0020000e, 'UI', '1.2.4'],
    [0x00200032, 'DS', [0, 0, 0]],
    [0x00200037, 'DS', [1, 0, 0, 0, 1, 0]],
    [0x00280010, 'US', 2],
    [0x00280011, 'US', 2],
    [0x00280030, 'DS', [1, 1]],
    [0x00280100, 'US', 16],
    [0x00280101, 'US', 12],
    [0x00280102, 'US', 11],
    [0x00280103, 'US', 1],
    [0x7fe00010, 'OW', new Uint8Array(8)],
  ];
  const replaced = new Set([...without, ...changed.map(([tag]) => tag)]);
  return Buffer.from(encodePart10(CT, '1.2.3', [...usual.filter(([tag]) => !replaced.has(tag)), ...changed]));
}

const read = (changed: readonly Element[], without?: readonly number[]): DicomInstance =>
  readInstance(parseFile(slice(changed, without)));

describe('reading how pixels are stored', () => {
  it.each([
    ['the right VR', [[0x00280120, 'SS', -2000]]],
    ['US, though the pixels are signed', [[0x00280120, 'US', 65_536 - 2000]]],
    ['US, with Bits Stored only', [[0x00280120, 'US', 4096 - 2000]]],
    ['a decimal string', [[0x00280120, 'IS', '-2000']]],
  ] as const)('takes a padding value written with %s', (_, elements) => {
    expect(read(elements).format?.padding).toEqual([-2000, -2000]);
  });

  it('takes an unsigned padding value written as SS, and a range either way round', () => {
    const elements: Element[] = [
      [0x00280101, 'US', 16],
      [0x00280102, 'US', 15],
      [0x00280103, 'US', 0],
      [0x00280120, 'SS', -1536],
      [0x00280121, 'SS', -1537],
    ];
    expect(read(elements).format?.padding).toEqual([63_999, 64_000]);
  });

  it('takes values as HU where there is no rescale', () => {
    expect(read([]).format).toMatchObject({ slope: 1, intercept: 0 });
    expect(refusalOf(read([]))).toBeUndefined();
  });

  it.each([
    ['an intercept that is no number', [[0x00281052, 'DS', 'unknown']]],
    ['a slope that is no number', [[0x00281053, 'DS', 'NaN']]],
    ['a slope of 0', [[0x00281053, 'DS', '0']]],
  ] as const)('refuses %s', (_, elements) => {
    expect(refusalOf(read(elements))?.code).toBe('DICOM_PIXELS');
  });

  it('refuses a lookup table in place of a rescale', () => {
    const bytes = slice();
    const at = bytes.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
    const table = sequence(0x00283000, [Buffer.alloc(0)]);
    const instance = readInstance(parseFile(Buffer.concat([bytes.subarray(0, at), table, bytes.subarray(at)])));
    expect(refusalOf(instance)?.code).toBe('DICOM_PIXELS');
  });

  it.each([0x7fe00008, 0x7fe00009])('refuses pixels that are floating-point numbers (%i)', (tag) => {
    const instance = read([[tag, 'OB', new Uint8Array(32)]], [0x7fe00010]);
    expect(instance.pixelKind).toBe('float');
    expect(refusalOf(instance)).toMatchObject({ code: 'DICOM_PIXELS', message: expect.stringContaining('floating-point') });
  });

  it('refuses a slice that is larger than any CT before it looks for its pixels', () => {
    const huge: Element[] = [
      [0x00280010, 'US', 65_535],
      [0x00280011, 'US', 65_535],
    ];
    expect(() => read(huge)).toThrow(expect.objectContaining({ code: 'INPUT_TOO_LARGE' }));
  });
});

describe('the content digest', () => {
  const digest = (changed: readonly Element[]): string | undefined => read(changed).contentDigest;

  it('is the same for the same picture, whatever the file is called', () => {
    expect(digest([[0x00080018, 'UI', '1.2.99']])).toBe(digest([]));
  });

  it.each([
    ['a pixel', [[0x7fe00010, 'OW', Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0)]]],
    ['the place', [[0x00200032, 'DS', [0, 0, 1]]]],
    ['the rescale', [[0x00281052, 'DS', '-1024']]],
  ] as const)('differs with %s', (_, elements) => {
    expect(digest(elements)).not.toBe(digest([]));
  });
});
