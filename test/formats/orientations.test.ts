import { describe, expect, it } from 'vitest';
import { type Affine, affineFromColumns, affineSpacingMm, applyAffine, axisCodes, invertAffine } from '../../core/affine.ts';
import { createVolume, type Volume } from '../../core/volume.ts';
import { readNifti } from '../../formats/nifti/read-nifti.ts';
import { writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { allOrientations, countingVolume } from './phantoms.ts';
import { readBack } from './read-back.ts';

const ABOUT_THE_PATIENT = new Set(['PATIENT_POSITION', 'NOT_AXIAL']);

/** HU at a world position: what must not depend on how voxels are laid in memory. */
function huAt({ geometry, hu }: Volume, world: readonly [number, number, number]): number | undefined {
  const [i, j, k] = applyAffine(invertAffine(geometry.voxelToWorld), world).map((index) => Math.round(index)) as [
    number,
    number,
    number,
  ];
  const [ni, nj, nk] = geometry.sizeVoxels;
  if (i < 0 || j < 0 || k < 0 || i >= ni || j >= nj || k >= nk) return undefined;
  return hu[i + ni * (j + nj * k)];
}

/** Voxels of `written` that are elsewhere in `read`. */
function misplaced(written: Volume, read: Volume): number {
  const [ni, nj] = written.geometry.sizeVoxels;
  return written.hu.filter((value, n) => {
    const place = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))] as const;
    return huAt(read, applyAffine(written.geometry.voxelToWorld, place)) !== value;
  }).length;
}

function nearness(a: Affine, b: Affine): number {
  return Math.max(...a.map((value, n) => Math.abs(value - (b[n] as number))));
}

describe('the 48 orientations, through the bytes of DICOM and NIfTI', () => {
  it.each(allOrientations().map((affine) => [axisCodes(affine), affine] as const))('%s', async (_, voxelToWorld) => {
    const written = countingVolume({ sizeVoxels: [4, 5, 6], voxelToWorld });
    const { volume: fromDicom, findings } = await readBack(written);
    // That the patient lies oddly, or is cut otherwise than across, is seen too; the stack itself is even and upright.
    expect(findings.map(({ code }) => code).filter((code) => !ABOUT_THE_PATIENT.has(code))).toEqual([]);
    expect(fromDicom.geometry.sizeVoxels).toEqual([4, 5, 6]);
    expect(misplaced(written, fromDicom)).toBe(0);
    // DICOM has no left-handed stacks: k is turned round for half of the 48.
    expect(axisCodes(fromDicom.geometry.voxelToWorld).slice(0, 2)).toBe(axisCodes(voxelToWorld).slice(0, 2));
    const { volume: fromNifti } = readNifti(writeNiftiVolume(fromDicom));
    expect(fromNifti.hu).toEqual(fromDicom.hu);
    expect(nearness(fromNifti.geometry.voxelToWorld, fromDicom.geometry.voxelToWorld)).toBeLessThan(1e-5);
    // Straight to NIfTI, where all 48 keep their own order of voxels.
    const { volume: direct } = readNifti(writeNiftiVolume(written));
    expect(direct.hu).toEqual(written.hu);
    expect(nearness(direct.geometry.voxelToWorld, voxelToWorld)).toBeLessThan(1e-5);
  });
});

describe('pixels that are not square', () => {
  it('have their row and column spacing the right way round, oblique slices too', async () => {
    const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
    const voxelToWorld = affineFromColumns([0.5 * c, 0.5 * s, 0], [-1.5 * s, 1.5 * c, 0], [0, 0, 4], [7, -8, 9]);
    const written = countingVolume({ sizeVoxels: [6, 4, 3], voxelToWorld });
    const { volume: fromDicom } = await readBack(written);
    const { volume: fromNifti } = readNifti(writeNiftiVolume(fromDicom));
    for (const { geometry } of [fromDicom, fromNifti]) {
      expect(affineSpacingMm(geometry.voxelToWorld).map((mm) => mm.toFixed(5))).toEqual(['0.50000', '1.50000', '4.00000']);
      expect(nearness(geometry.voxelToWorld, voxelToWorld)).toBeLessThan(1e-5);
    }
    expect(misplaced(written, createVolume(fromNifti.geometry, fromNifti.hu))).toBe(0);
  });
});
