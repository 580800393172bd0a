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

/** The same with other numbers; what is not given is 0. */
function typedFile(datatype: number, width: number, values: readonly number[], order: 'little' | 'big'): Buffer {
  const header = plainFile().subarray(0, 352);
  header.writeInt16LE(datatype, 70);
  header.writeInt16LE(8 * width, 72);
  const voxels = Buffer.alloc(60 * width);
  values.forEach((value, n) => {
    const at = n * width;
    if (datatype === 16) voxels.writeFloatLE(value, at);
    else if (datatype === 64) voxels.writeDoubleLE(value, at);
    else if (width === 8) voxels.writeBigInt64LE(BigInt(value), at);
    else voxels.writeIntLE(value > 2 ** (8 * width - 1) - 1 ? value - 2 ** (8 * width) : value, at, width);
  });
  if (order === 'big') {
    for (const [first, end, fieldBytes] of HEADER_FIELDS) swap(header.subarray(first, end), fieldBytes);
    swap(voxels, width);
  }
  return Buffer.concat([header, voxels]);
}

/** Numbers in a NIfTI-1 header: first byte, byte after the last, bytes of each. */
const HEADER_FIELDS = [
  [0, 4, 4],
  [40, 56, 2],
  [68, 76, 2],
  [76, 120, 4],
  [252, 256, 2],
  [256, 328, 4],
] as const;

function swap(bytes: Buffer, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** The same image in two files. */
function pair(): [Buffer, Buffer] {
  const file = plainFile();
  const header = Buffer.from(file.subarray(0, 352));
  header.write('ni1', 344, 'latin1');
  header.writeFloatLE(0, 108);
  return [header, file.subarray(352)];
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

  it('takes a slope that is no number for none, and refuses a slope without an intercept', () => {
    const values = new Array<number>(60).fill(3);
    expect(readNifti(floatFile(values, Number.NaN, 7)).volume.hu[0]).toBe(3);
    expect(codeOf(() => readNifti(floatFile(values, 2, Number.NaN)))).toBe('NIFTI_INVALID');
  });

  it.each([
    [2, 1, [0, 200, 255]],
    [256, 1, [-100, 0, 127]],
    [4, 2, [-1000, 0, 3000]],
    [512, 2, [0, 40000, 65535]],
    [8, 4, [-1000, 0, 100000]],
    [768, 4, [0, 3000, 4294967295]],
    [16, 4, [-1000, 0.25, 3000]],
    [64, 8, [-1000, 0.25, 3000]],
    [1024, 8, [-1000, 0, 3000]],
    [1280, 8, [0, 3000, 5000]],
  ])('reads data type %i in both byte orders, aligned or not', (datatype, width, values) => {
    const clamped = values.map((value) => Math.min(32767, Math.round(value)));
    for (const order of ['little', 'big'] as const) {
      const file = typedFile(datatype, width, values, order);
      expect([...readNifti(file).volume.hu.subarray(0, 3)]).toEqual(clamped);
      // One byte into another buffer: no number lies where a typed array could view it.
      const shifted = Buffer.concat([Buffer.alloc(1), file]).subarray(1);
      expect([...readNifti(shifted).volume.hu.subarray(0, 3)]).toEqual(clamped);
      expect([...readNifti(gzipSync(file)).volume.hu.subarray(0, 3)]).toEqual(clamped);
    }
  });

  it.each([
    [1, 'bits'],
    [32, 'complex'],
    [128, 'RGB'],
    [1536, '128-bit'],
    [1792, 'complex'],
    [2048, 'complex'],
    [2304, 'RGBA'],
    [77, 'does not know'],
  ])('refuses data type %i by name', (datatype, name) => {
    const file = plainFile();
    file.writeInt16LE(datatype, 70);
    expect(codeOf(() => readNifti(file))).toBe('NIFTI_UNSUPPORTED');
    expect(() => readNifti(file)).toThrow(name);
  });

  it('reads a pair, each half compressed or not, and refuses a header alone', () => {
    const [header, image] = pair();
    const plain = readNifti(header, image);
    expect(plain.volume).toEqual(readNifti(plainFile()).volume);
    expect(readNifti(gzipSync(header), gzipSync(image))).toEqual(plain);
    expect(codeOf(() => readNifti(header))).toBe('NIFTI_INVALID');
    expect(codeOf(() => readNifti(header, image.subarray(1)))).toBe('INPUT_TRUNCATED');
  });

  it('starts where the offset says, past extensions; an offset of 0 is the earliest place, a lying one is refused', () => {
    const file = plainFile();
    const moved = Buffer.concat([file.subarray(0, 352), Buffer.alloc(48, 0xff), file.subarray(352)]);
    moved.writeFloatLE(400, 108);
    expect(readNifti(moved).volume).toEqual(readNifti(file).volume);
    file.writeFloatLE(0, 108);
    expect(readNifti(file).volume.hu[1]).toBe(countingVolume(axialGrid([3, 4, 5])).hu[1]);
    for (const [offset, code] of [
      [348, 'NIFTI_INVALID'],
      [-352, 'NIFTI_INVALID'],
      [352.5, 'NIFTI_INVALID'],
      [Number.NaN, 'NIFTI_INVALID'],
      [356, 'INPUT_TRUNCATED'],
      [1e30, 'INPUT_TOO_LARGE'],
    ] as const) {
      file.writeFloatLE(offset, 108);
      expect(codeOf(() => readNifti(file))).toBe(code);
    }
  });

  it('refuses a number of dimensions that cannot be, and a size of 0; trailing ones are no dimensions', () => {
    const file = plainFile();
    file.writeInt16LE(7, 40);
    expect(readNifti(file).volume.geometry.sizeVoxels).toEqual([3, 4, 5]);
    for (const rank of [0, 8, -1]) {
      file.writeInt16LE(rank, 40);
      expect(codeOf(() => readNifti(file))).toBe('NIFTI_INVALID');
    }
    file.writeInt16LE(3, 40);
    for (const extent of [0, -5]) {
      file.writeInt16LE(extent, 44);
      expect(codeOf(() => readNifti(file))).toBe('NIFTI_INVALID');
    }
  });

  it('reads metres and micrometres as millimetres', () => {
    const file = plainFile();
    const mm = readNifti(file).volume.geometry.voxelToWorld;
    for (const [units, factor] of [
      [1, 1000],
      [3, 0.001],
      [2 + 8, 1],
      [0, 1],
    ] as const) {
      file.writeUInt8(units, 123);
      const { volume, findings } = readNifti(file);
      volume.geometry.voxelToWorld.forEach((value, n) => expect(value).toBeCloseTo((mm[n] as number) * (n < 12 ? factor : 1), 6));
      expect(findings).toEqual([]);
    }
  });

  it('refuses voxel sizes of 0, below 0 or not finite, and a rotation that is none, where they decide', () => {
    for (const [qformCode, sformCode] of [
      [1, 0],
      [0, 0],
    ] as const) {
      for (const size of [0, -0.7, Number.NaN, Number.POSITIVE_INFINITY]) {
        const file = plainFile();
        file.writeInt16LE(qformCode, 252);
        file.writeInt16LE(sformCode, 254);
        file.writeFloatLE(size, 80);
        expect(codeOf(() => readNifti(file))).toBe('GEOMETRY_INVALID');
      }
    }
    const file = plainFile();
    file.writeInt16LE(0, 254);
    file.writeFloatLE(3, 256);
    expect(codeOf(() => readNifti(file))).toBe('GEOMETRY_INVALID');
  });

  it('refuses an sform that is singular or not finite', () => {
    for (const value of [0, Number.NaN, Number.NEGATIVE_INFINITY]) {
      const file = plainFile();
      file.writeFloatLE(value, 280);
      expect(codeOf(() => readNifti(file))).toBe('GEOMETRY_INVALID');
    }
  });

  it('says when the voxel sizes are not those of the sform', () => {
    const file = plainFile();
    file.writeInt16LE(0, 252);
    file.writeFloatLE(5, 88);
    expect(readNifti(file).findings.map(({ code }) => code)).toEqual(['NIFTI_SPACING_DIFFERS']);
  });

  it('says when values are clamped, are no numbers, or do not look like HU', () => {
    const findings = (...values: number[]) =>
      readNifti(floatFile([...values, ...new Array<number>(60 - values.length).fill(0)])).findings.map(({ code, message }) => [
        code,
        message.split(' ')[0],
      ]);
    expect(findings(-1000, 32767.4, -32768.4)).toEqual([]);
    expect(findings(-1000, 32768, 1e9, Number.NEGATIVE_INFINITY)).toEqual([['NIFTI_CLAMPED', '3']]);
    expect(findings(-1000, Number.NaN)).toEqual([['NIFTI_NOT_A_NUMBER', '1']]);
    expect(findings(0.25, 1, 0.75)).toEqual([['NIFTI_NOT_HU', 'Its']]);
    expect(findings(...new Array<number>(60).fill(-1000))).toEqual([['NIFTI_NOT_HU', 'Its']]);
  });

  it('ignores bytes after the voxels, and says so', () => {
    const file = Buffer.concat([plainFile(), Buffer.alloc(100)]);
    const { volume, findings } = readNifti(file);
    expect(volume).toEqual(readNifti(plainFile()).volume);
    expect(findings.map(({ code }) => code)).toEqual(['NIFTI_TRAILING_BYTES']);
    expect(readNifti(gzipSync(file)).findings).toEqual(findings);
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

  it('refuses seven dimensions of 32767 without making room for them', () => {
    const file = plainFile();
    file.writeInt16LE(7, 40);
    for (let n = 1; n <= 7; n++) file.writeInt16LE(32767, 40 + 2 * n);
    expect(codeOf(() => readNifti(file))).toBe('NIFTI_UNSUPPORTED');
    expect(codeOf(() => readNifti(gzipSync(file)))).toBe('NIFTI_UNSUPPORTED');
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

  const refused: string[] = [];

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
    ['nifti/nifti-rs/rgb/4D.nii', 'NIFTI_UNSUPPORTED'],
    ['nifti/nibabel/example4d.nii.gz', 'NIFTI_UNSUPPORTED'],
    ['nifti/nibabel/example_nifti2.nii.gz', 'NIFTI_UNSUPPORTED'],
    ['corrupt/crash-1.nii', 'NIFTI_INVALID'],
  ])('%s is refused with %s', (name, code) => {
    refused.push(name);
    expect(codeOf(() => readNifti(sharedBytes(name)))).toBe(code);
  });

  it('leaves no NIfTI of the shared data out', () => {
    const covered = new Set([...scalars.map(([name]) => name), ...refused]);
    expect(Object.keys(expectedData().nifti).filter((name) => !covered.has(name))).toEqual([]);
  });
});
