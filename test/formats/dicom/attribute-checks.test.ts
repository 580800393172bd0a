import { describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../../core/affine.ts';
import type { DicomInstance } from '../../../formats/dicom/instance.ts';
import { groupSeries } from '../../../formats/dicom/series.ts';
import { axialGrid } from '../phantoms.ts';
import { instancesOf } from './dicom-slices.ts';

function codesFor(changed: Partial<DicomInstance>, grid = axialGrid()): string[] {
  return groupSeries(instancesOf(grid).map((instance) => ({ ...instance, ...changed }))).flatMap(({ findings }) =>
    findings.map(({ code }) => code),
  );
}

const prone = { ...axialGrid(), voxelToWorld: affineFromColumns([-0.7, 0, 0], [0, -0.8, 0], [0, 0, 2.5], [100, 90, 33]) };
const coronal = { ...axialGrid(), voxelToWorld: affineFromColumns([0.7, 0, 0], [0, 0, -0.8], [0, 2.5, 0], [-100, -90, 33]) };

describe('what the attributes say against what the positions say', () => {
  it.each([
    ['HFS', axialGrid()],
    ['FFS', axialGrid()],
    ['HFP', prone],
    [undefined, prone],
    ['HFP', coronal],
  ])('has nothing against patient position %s', (patientPosition, grid) => {
    expect(codesFor({ patientPosition }, grid)).not.toContain('PATIENT_POSITION');
  });

  it('flags a stated position that the slices contradict, and slices that disagree', () => {
    expect(codesFor({ patientPosition: 'HFP' })).toEqual(['PATIENT_POSITION']);
    expect(codesFor({ patientPosition: 'HFDL' })).toEqual(['PATIENT_POSITION']);
    expect(codesFor({ patientPosition: 'HFS' }, prone)).toEqual(['PATIENT_POSITION']);
    const [first, ...others] = instancesOf(axialGrid()) as [DicomInstance, ...DicomInstance[]];
    const [series] = groupSeries([{ ...first, patientPosition: 'FFS' }, ...others]);
    expect(series?.findings.map(({ code }) => code)).toEqual(['PATIENT_POSITION']);
  });

  it('flags a stated tilt that the positions do not show, and trusts the positions', () => {
    expect(codesFor({ gantryTiltDegrees: -18.5 })).toEqual(['TILT_MISMATCH']);
    expect(codesFor({ gantryTiltDegrees: -17.5 }, axialGrid([6, 5, 8], 0.8))).toEqual(['GANTRY_TILT']);
  });

  it('reads slices that are not axial, and says so', () => {
    expect(codesFor({}, coronal)).toEqual(['NOT_AXIAL']);
  });
});
