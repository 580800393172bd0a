import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readInstance } from '../../../formats/dicom/instance.ts';
import { parseFile } from '../../../formats/dicom/parse-file.ts';
import { writeCtSeries } from '../../../formats/dicom/write-instance.ts';
import { axialGrid, countingVolume } from '../phantoms.ts';
import { element, enhancedCt, item, SEQUENCE_END, UNDEFINED_LENGTH, withTransferSyntax } from './enhanced-ct.ts';

const [file] = writeCtSeries(countingVolume(axialGrid()), { seed: 7, seriesDescription: 'Phantom', convolutionKernel: 'B30f' });
const whole = Buffer.from(file as Uint8Array);

function codeOf(bytes: Uint8Array): string {
  try {
    readInstance(parseFile(bytes));
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
  return 'no error';
}

describe('parsing a DICOM file', () => {
  it('refuses it wherever it breaks off', () => {
    for (let length = 140; length < whole.length; length++) {
      // A cut between two elements leaves a data set without pixels, or without the UIDs before them.
      expect(['INPUT_TRUNCATED', 'DICOM_INVALID'], `cut at ${length}`).toContain(codeOf(whole.subarray(0, length)));
    }
    expect(codeOf(whole)).toBe('no error');
  });

  it('reads it without preamble, and without meta group', () => {
    expect(codeOf(whole.subarray(128))).toBe('no error');
    const dataSetAt = 132 + 12 + whole.readUInt32LE(132 + 8);
    expect(codeOf(whole.subarray(132))).toBe('no error');
    expect(codeOf(whole.subarray(dataSetAt))).toBe('no error');
  });

  it('does not mind what follows the pixel data', () => {
    expect(codeOf(Buffer.concat([whole, Buffer.alloc(7)]))).toBe('no error');
  });

  it('tells empty and foreign files apart from broken ones', () => {
    expect(codeOf(new Uint8Array(0))).toBe('INPUT_EMPTY');
    expect(codeOf(Buffer.from('not an image at all, but long enough to look at'))).toBe('INPUT_UNKNOWN_FORMAT');
  });

  it.each(['OV', 'SV', 'UV'])('knows that VR %s has a length of 32 bits', (vr) => {
    expect(codeOf(beforePixels(element(0x7fdf1001, vr, Buffer.alloc(72_000))))).toBe('no error');
  });

  it('inflates what is deflated, and not more than a CT can be', () => {
    const dataSetAt = 144 + whole.readUInt32LE(140);
    const deflated = (dataSet: Uint8Array): Buffer =>
      withTransferSyntax(Buffer.concat([whole.subarray(0, dataSetAt), deflateRawSync(dataSet)]), '1.2.840.10008.1.2.1.99');
    const dataSet = whole.subarray(dataSetAt);
    expect(codeOf(deflated(dataSet))).toBe('no error');
    expect(codeOf(deflated(Buffer.concat([dataSet, Buffer.alloc(90 << 20)])))).toBe('INPUT_TOO_LARGE');
    expect(codeOf(deflated(dataSet).subarray(0, -9))).toBe('INPUT_TRUNCATED');
  });

  it.each(['SQ', 'UN'])('refuses a sequence of VR %s that is nested 10,000 deep', (vr) => {
    expect(codeOf(enhancedCt({ perFrame: () => nest(vr) }))).toBe('DICOM_INVALID');
  });

  it('reads nothing from a UN of known length that is nested 10,000 deep', () => {
    const perFrame = (): Buffer => element(0x52009230, 'UN', nest('UN').subarray(12));
    expect(readInstance(parseFile(enhancedCt({ perFrame }))).plane).toBeUndefined();
  });
});

/** Sequences in items in sequences; explicit all the way down, or as UN, which is implicit inside. */
function nest(vr: string): Buffer {
  const depth = 10_000;
  const nothing = Buffer.alloc(0);
  const outer = element(0x52009230, vr, nothing, UNDEFINED_LENGTH);
  const inner = vr === 'SQ' ? outer : Buffer.concat([outer.subarray(0, 4), outer.subarray(8)]);
  const open = item(nothing, UNDEFINED_LENGTH);
  const close = Buffer.concat([item(nothing, 0, 0xe00d), SEQUENCE_END]);
  return Buffer.concat([
    outer,
    open,
    ...Array<Buffer[]>(depth).fill([inner, open]).flat(),
    ...Array<Buffer>(depth + 1).fill(close),
  ]);
}

function beforePixels(inserted: Buffer): Buffer {
  const at = whole.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
  return Buffer.concat([whole.subarray(0, at), inserted, whole.subarray(at)]);
}
