import { describe, expect, it } from 'vitest';
import { readInstance } from '../../../formats/dicom/instance.ts';
import { parseFile } from '../../../formats/dicom/parse-file.ts';
import { writeCtSeries } from '../../../formats/dicom/write-instance.ts';
import { axialGrid, countingVolume } from '../phantoms.ts';

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
});
