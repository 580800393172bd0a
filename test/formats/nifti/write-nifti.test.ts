import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../../core/affine.ts';
import { createLabelMap } from '../../../core/volume.ts';
import { affineOfSpace, type NiftiSpace, spaceFromAffine } from '../../../formats/nifti/nifti-space.ts';
import { readNifti, readNiftiLabels } from '../../../formats/nifti/read-nifti.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import { allOrientations, axialGrid, countingVolume } from '../phantoms.ts';

const size = [3, 4, 5] as const;
const kidney = { index: 1, name: 'kidney', color: '#00ffff', code: { scheme: 'SCT', value: '64033007', meaning: 'Kidney' } };

describe('writing NIfTI', () => {
  it('gives back voxels and affine in all 48 orientations, by sform and by qform alone', () => {
    for (const voxelToWorld of allOrientations()) {
      const volume = countingVolume({ sizeVoxels: size, voxelToWorld });
      const { volume: back, space } = readNifti(writeNiftiVolume(volume));
      expect(back.hu).toEqual(volume.hu);
      expect(back.geometry.voxelToWorld).toEqual(voxelToWorld);
      const byQform = affineOfSpace({ ...space, sformCode: 0 }, size);
      byQform.forEach((value, n) => expect(value).toBeCloseTo(voxelToWorld[n] as number, 5));
    }
  });

  it('gives back any oblique affine by qform within rounding', () => {
    const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
    fc.assert(
      fc.property(angle, angle, angle, fc.constantFrom(1, -1), (a, b, c, sign) => {
        const voxelToWorld = rotatedAffine(a, b, c, sign);
        const space = spaceFromAffine(voxelToWorld);
        expect(space.qformCode).toBe(1);
        const byQform = affineOfSpace({ ...space, sformCode: 0 }, size);
        // Next to a half turn (which a plain axial CT is) a quaternion of float32 is exact to 3e-4 only.
        byQform.forEach((value, n) => expect(value).toBeCloseTo(voxelToWorld[n] as number, 2));
      }),
    );
  });

  it('writes a sheared stack exactly as sform, and as qform the straight stack that ITK makes of it; reading says so', () => {
    const { space, volume, findings } = readNifti(writeNiftiVolume(countingVolume(axialGrid([3, 4, 5], 0.4))));
    expect(volume.geometry.voxelToWorld[6]).toBeCloseTo(0.4, 6);
    expect([space.qformCode, space.sformCode]).toEqual([1, 1]);
    const byQform = affineOfSpace({ ...space, sformCode: 0 }, size);
    const straight = affineFromColumns([0.7, 0, 0], [0, 0.8, 0], [0, 0, Math.hypot(0.4, 2.5)], [-100.5, -90.25, 33]);
    // A plain axial CT is a half turn in RAS, where float32 quaternions are exact to 3e-4 only.
    byQform.forEach((value, n) => expect(value).toBeCloseTo(straight[n] as number, 3));
    expect(findings.map(({ code }) => code)).toEqual(['NIFTI_FORMS_DIFFER']);
  });

  it('carries the orientation fields of the input on, whatever they are', () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -500, max: 500 });
    const triple = fc.tuple(float, float, float);
    fc.assert(
      fc.property(
        fc.constantFrom<1 | 2>(1, 2),
        fc.array(float, { minLength: 12, maxLength: 12 }),
        triple,
        fc.constantFrom(-1, 0, 1),
        fc.integer({ min: 0, max: 4 }),
        (version, srow, offset, qfac, qformCode) => {
          // An input's affine must be invertible to be read at all.
          const regular = srow.map((value, n) => (n === 0 || n === 5 || n === 10 ? Math.fround(2000 + value) : value));
          const space: NiftiSpace = {
            version,
            units: 2,
            qfac,
            voxelSize: [1.5, 2, 3],
            qformCode,
            sformCode: 2,
            quaternion: [0.5, -0.25, 0.125],
            offset,
            srow: regular,
          };
          const volume = countingVolume({ sizeVoxels: size, voxelToWorld: affineOfSpace(space, size) });
          expect(readNifti(writeNiftiVolume(volume, space)).space).toEqual(space);
        },
      ),
    );
  });

  it('gives the same bytes for the same label map', () => {
    const map = createLabelMap(
      axialGrid([3, 4, 5]),
      Uint8Array.from({ length: 60 }, (_, n) => n % 2),
    );
    expect(writeNiftiLabels(map, [kidney])).toEqual(writeNiftiLabels(map, [kidney]));
  });

  it('writes labels as uint8 and their names into a header extension', () => {
    const map = createLabelMap(
      axialGrid([3, 4, 5]),
      Uint8Array.from({ length: 60 }, (_, n) => n % 2),
    );
    const file = writeNiftiLabels(map, [kidney]);
    expect(readNiftiLabels(file).labels).toEqual(map.labels);
    const content = gunzipSync(file);
    const length = content.readInt32LE(352);
    expect(length % 16).toBe(0);
    const text = content
      .subarray(360, 352 + length)
      .toString('utf8')
      .replace(/\0+$/, '');
    expect(JSON.parse(text)).toEqual({ labels: [kidney] });
    expect(content.readFloatLE(108)).toBe(352 + length);
    expect(content.readInt16LE(70)).toBe(2);
  });
});

/** Three turns, spacing 1.5 × 2 × 3 mm, mirrored along k for sign −1. */
function rotatedAffine(a: number, b: number, c: number, sign: number) {
  const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)];
  return affineFromColumns(
    [1.5 * ca * cb, 1.5 * sa * cb, -1.5 * sb],
    [2 * (ca * sb * sc - sa * cc), 2 * (sa * sb * sc + ca * cc), 2 * cb * sc],
    [3 * sign * (ca * sb * cc + sa * sc), 3 * sign * (sa * sb * cc - ca * sc), 3 * sign * cb * cc],
    [1, -2, 3],
  );
}
