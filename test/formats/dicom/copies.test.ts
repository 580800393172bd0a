import { describe, expect, it } from 'vitest';
import { uniqueSlices } from '../../../formats/dicom/copies.ts';
import type { DicomInstance } from '../../../formats/dicom/instance.ts';
import { axialGrid } from '../phantoms.ts';
import { instancesOf } from './dicom-slices.ts';

const JPEG_LS = '1.2.840.10008.1.2.4.80';

describe('slices that are there more than once', () => {
  const [slice] = instancesOf(axialGrid([6, 5, 1])) as [DicomInstance];
  const judge = (other: Partial<DicomInstance>) => {
    const { instances, copies, contradicted } = uniqueSlices([slice, { ...slice, ...other }]);
    return { slices: instances.length, copies: copies.get(slice) ?? 0, isContradicted: contradicted.has(slice) };
  };

  it.each<[string, Partial<DicomInstance>, boolean]>([
    ['packed alike, with the same bytes', {}, false],
    ['packed alike, with other bytes', { contentDigest: 'other' }, true],
    [
      'packed otherwise, so with other bytes',
      { transferSyntaxUid: JPEG_LS, pixelKind: 'encapsulated', contentDigest: 'other' },
      false,
    ],
    ['packed otherwise, taken at another time', { transferSyntaxUid: JPEG_LS, acquisitionTimeS: 17 }, true],
    ['packed alike, taken at another time', { acquisitionTimeS: 17 }, true],
  ])('are compared: %s', (_, other, isContradicted) => {
    expect(judge(other)).toEqual({ slices: 1, copies: isContradicted ? 0 : 1, isContradicted });
  });

  it('are other slices if their frame is another', () => {
    expect(judge({ frameIndex: 1 })).toEqual({ slices: 2, copies: 0, isContradicted: false });
  });
});
