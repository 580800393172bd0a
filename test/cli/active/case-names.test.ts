import { describe, expect, it } from 'vitest';
import { nameCases } from '../../../cli/active/case-names.ts';
import type { DiscoveredSeries } from '../../../daemon/intake/discovered-series.ts';

function series(kind: 'nifti' | 'dicom', name: string, ...files: string[]): DiscoveredSeries {
  return { kind, name, key: files.join(), files, isClosed: true, findings: [] };
}

function namesOf(...found: DiscoveredSeries[]): string[] {
  return nameCases('/in', found).map(({ name }) => name);
}

describe('names of unlabelled cases', () => {
  it('are those of files, and of folders that hold one series', () => {
    expect(
      namesOf(series('nifti', 'scan', '/in/scan.nii.gz'), series('dicom', 'ST000', '/in/anna/ST000/1.dcm', '/in/anna/ST000/2.dcm')),
    ).toEqual(['scan', 'anna']);
  });

  it('tell several series of a folder apart', () => {
    const found = [series('dicom', 'arterial', '/in/anna/arterial/1.dcm'), series('dicom', 'venous', '/in/anna/venous/1.dcm')];
    expect(namesOf(...found)).toEqual(['anna-arterial', 'anna-venous']);
  });

  it('are unique where file systems do not tell capitals, and leave nnU-Net’s channel out', () => {
    expect(namesOf(series('nifti', 'Scan_0000', '/in/Scan_0000.nii.gz'), series('nifti', 'scan', '/in/scan.nii.gz'))).toEqual([
      'Scan',
      'scan-2',
    ]);
  });

  it('of KiTS cases are their folders’; the mask beside the image is no case', () => {
    expect(
      namesOf(
        series('nifti', 'imaging', '/in/case_00001/imaging.nii.gz'),
        series('nifti', 'segmentation', '/in/case_00001/segmentation.nii.gz'),
        series('nifti', 'imaging-2', '/in/case_00002/imaging.nii.gz'),
      ),
    ).toEqual(['case_00001', 'case_00002']);
  });
});
