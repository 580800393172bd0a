import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { axisCodes, flipLpsRas } from '../../../core/affine.ts';
import { readNifti, readNiftiLabels } from '../../../formats/nifti/read-nifti.ts';
import { writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import { axialGrid, countingVolume } from '../phantoms.ts';
import { describeWithSharedData, expectedData, sharedBytes } from '../shared-data.ts';

/** A file of 3 × 4 × 5 voxels, uncompressed, to be damaged. */
function plainFile(): Buffer {
  return gunzipSync(writeNiftiVolume(countingVolume(axialGrid([3, 4, 5]))));
}

/** A float32 file of the same size. */
function floatFile(values: readonly number[], slope = 1, intercept = 0): Buffer {
  const file = Buffer.concat([plainFile().subarray(0, 352), Buffer.from(Float32Array.from(values).buffer)]);
  file.writeInt16LE(16, 70);
  file.writeInt16LE(32, 72);
  file.writeFloatLE(slope, 112);
  file.writeFloatLE(intercept, 116);
  return file;
}

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
  return 'no error';
}

describe('reading NIfTI', () => {
  it('turns not-a-number into air, rounds, and clamps to int16', () => {
    const values = [Number.NaN, 1.5, -1.4, 1e9, Number.NEGATIVE_INFINITY, ...new Array<number>(55).fill(0)];
    expect([...readNifti(floatFile(values)).volume.hu.subarray(0, 5)]).toEqual([-1024, 2, -1, 32767, -32768]);
  });

  it('applies slope and intercept, and takes a slope of 0 for none', () => {
    const values = new Array<number>(60).fill(3);
    expect(readNifti(floatFile(values, 2, -1000)).volume.hu[0]).toBe(-994);
    expect(readNifti(floatFile(values, 0, 7)).volume.hu[0]).toBe(3);
  });

  it('refuses several volumes, and takes a fourth dimension of one', () => {
    const file = plainFile();
    file.writeInt16LE(4, 40);
    expect(readNifti(file).volume.geometry.sizeVoxels).toEqual([3, 4, 5]);
    file.writeInt16LE(2, 48);
    expect(codeOf(() => readNifti(file))).toBe('NIFTI_UNSUPPORTED');
  });

  it('refuses every file that breaks off, compressed or not', () => {
    const [plain, packed] = [plainFile(), gzipSync(plainFile())];
    for (let length = 0; length < plain.length; length++)
      expect(codeOf(() => readNifti(plain.subarray(0, length)))).toBe('INPUT_TRUNCATED');
    for (let length = 20; length < packed.length; length += 7) {
      expect(codeOf(() => readNifti(packed.subarray(0, length)))).toBe('INPUT_TRUNCATED');
    }
  });

  it('refuses a header that announces more than the file can hold, before making room for it', () => {
    const file = plainFile();
    for (const offset of [42, 44, 46]) file.writeInt16LE(1000, offset);
    expect(codeOf(() => readNifti(file))).toBe('INPUT_TRUNCATED');
    expect(codeOf(() => readNifti(gzipSync(file)))).toBe('INPUT_TRUNCATED');
    for (const offset of [42, 44, 46]) file.writeInt16LE(32767, offset);
    expect(codeOf(() => readNifti(file))).toBe('INPUT_TOO_LARGE');
  });

  it('refuses a small file that unpacks to far more than its header says', () => {
    const bomb = gzipSync(Buffer.concat([plainFile(), Buffer.alloc(64 << 20)]));
    expect(codeOf(() => readNifti(bomb))).toBe('INPUT_TOO_LARGE');
  });

  it('refuses labels that are no label indices', () => {
    expect(codeOf(() => readNiftiLabels(floatFile(new Array<number>(60).fill(0.5))))).toBe('NIFTI_UNSUPPORTED');
    expect(codeOf(() => readNiftiLabels(plainFile()))).toBe('NIFTI_UNSUPPORTED');
    expect(readNiftiLabels(floatFile(new Array<number>(60).fill(2))).labels[59]).toBe(2);
  });

  it('says when nothing tells left from right, and when two orientations contradict each other', () => {
    const file = plainFile();
    file.writeFloatLE(400, 268);
    expect(readNifti(file).findings.map(({ code }) => code)).toEqual(['NIFTI_FORMS_DIFFER']);
    file.writeInt16LE(0, 252);
    file.writeInt16LE(0, 254);
    expect(readNifti(file).findings.map(({ code }) => code)).toEqual(['NIFTI_NO_ORIENTATION']);
  });
});

describeWithSharedData('reading NIfTI as nibabel does', () => {
  const scalars = Object.entries(expectedData().nifti).filter(
    ([, { readable, shape = [], datatype }]) => readable && datatype !== 128 && (shape[3] ?? 1) === 1,
  );

  it.each(scalars)('%s: size, affine, axis codes and voxels', (name, expected) => {
    const image = name.endsWith('.hdr') ? sharedBytes(name.replace('.hdr', '.img')) : undefined;
    const { volume } = readNifti(sharedBytes(name), image);
    expect(volume.geometry.sizeVoxels).toEqual(expected.shape?.slice(0, 3));
    const ras = flipLpsRas(volume.geometry.voxelToWorld);
    expected.affine?.flat().forEach((value, n) => expect(ras[n]).toBeCloseTo(value, 4));
    const letters: Record<string, string> = { L: 'L', R: 'R', A: 'A', P: 'P', S: 'S', I: 'I' };
    expect(axisCodes(volume.geometry.voxelToWorld)).toBe([...(expected.axcodes ?? '')].map((c) => letters[c]).join(''));
    let [sum, lowest, highest] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const hu of volume.hu) [sum, lowest, highest] = [sum + hu, Math.min(lowest, hu), Math.max(highest, hu)];
    expect([lowest, highest]).toEqual([Math.round(expected.min as number), Math.round(expected.max as number)]);
    // Rounding to whole HU moves the mean of scaled images a little.
    expect(Math.abs(sum / volume.hu.length - (expected.mean as number))).toBeLessThan(expected.raw_scl?.[0] === 1 ? 1e-9 : 0.05);
  });

  it('counts label voxels of the 61-organ map as nibabel does', () => {
    const name = 'labelled/totalsegmentator/example_seg_fast_force_split.nii.gz';
    const counts: Record<string, number> = {};
    for (const label of readNiftiLabels(sharedBytes(name)).labels) if (label > 0) counts[label] = (counts[label] ?? 0) + 1;
    expect(counts).toEqual(expectedData().nifti[name]?.labels_voxels);
  });

  it.each([
    ['nifti/nifti-rs/rgb/3D.nii', 'NIFTI_UNSUPPORTED'],
    ['nifti/nibabel/functional.nii', 'NIFTI_UNSUPPORTED'],
    ['corrupt/truncated_gzip.nii.gz', 'INPUT_TRUNCATED'],
    ['corrupt/crash-1.nii', 'NIFTI_INVALID'],
  ])('%s is refused with %s', (name, code) => {
    expect(codeOf(() => readNifti(sharedBytes(name)))).toBe(code);
  });
});
