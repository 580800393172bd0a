import { expect, it } from 'vitest';
import { EqualParts } from '../../../daemon/intake/equal-parts.ts';
import type { FileHeader } from '../../../daemon/intake/read-file-header.ts';
import { readInstances } from '../../../formats/dicom/instance.ts';
import { parseFile } from '../../../formats/dicom/parse-file.ts';
import { writeCtSeries } from '../../../formats/dicom/write-instance.ts';
import { makeVolume } from '../../runtime/make-volume.ts';

type DicomHeader = Extract<FileHeader, { kind: 'dicom' }>;

function headersOf(seed: number): DicomHeader[] {
  const words = { seriesDescription: 'phantom', convolutionKernel: 'standard' };
  return writeCtSeries(makeVolume([8, 8, 3], [{ from: [1, 1, 1], to: [4, 4, 2], hu: 150 }]), { seed, ...words }).map((bytes) => ({
    kind: 'dicom',
    instances: readInstances(parseFile(bytes)),
  }));
}

it('leaves headers as they are, and what is equal in them is there once', () => {
  const parts = new EqualParts();
  const headers = [...headersOf(1), ...headersOf(2)];
  const shared = headers.map((header) => parts.shareIn(header) as DicomHeader);
  expect(shared).toEqual(headers);
  const [first, second] = shared.map(({ instances }) => instances[0]);
  expect(first?.format).toBe(second?.format);
  expect(first?.imageType).toBe(second?.imageType);
  expect(first?.plane?.rowDirection).toBe(second?.plane?.rowDirection);
  expect(first?.plane?.position).not.toBe(second?.plane?.position);
});

it('does not take a number that is none for another one', () => {
  const parts = new EqualParts();
  const [header] = headersOf(1) as [DicomHeader];
  const withSlope = (slope: number): FileHeader => ({
    kind: 'dicom',
    instances: header.instances.map((instance) => ({ ...instance, format: instance.format && { ...instance.format, slope } })),
  });
  const slopes = [Number.NaN, Number.POSITIVE_INFINITY, 1].map((slope) => parts.shareIn(withSlope(slope)) as DicomHeader);
  expect(slopes.map(({ instances }) => instances[0]?.format?.slope)).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 1]);
});
