import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { discoverSeries } from '../../../daemon/intake/discover-series.ts';
import type { DiscoveredSeries } from '../../../daemon/intake/discovered-series.ts';
import { HeaderCache } from '../../../daemon/intake/header-cache.ts';
import { readVolume } from '../../../daemon/intake/read-volume.ts';
import { slicesDigest } from '../../../daemon/intake/slices-digest.ts';
import { encodePart10 } from '../../../formats/dicom/encode-data-set.ts';
import { readInstances } from '../../../formats/dicom/instance.ts';
import { parseFile } from '../../../formats/dicom/parse-file.ts';
import { SIGNED_12_BIT_JPEG_2000 } from '../../formats/dicom/code-streams.ts';
import { encapsulated, enhancedCt, withTransferSyntax } from '../../formats/dicom/enhanced-ct.ts';

vi.mock('node:fs/promises', { spy: true });

let root = '';

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'voxwatch-read-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('reading a multi-frame file', () => {
  it('gives one volume, and the pixel pass reads the file once for all frames', async () => {
    const file = path.join(root, 'a.dcm');
    await writeFile(file, enhancedCt());
    const { series } = await discoverSeries(root);
    expect(series.map(({ refusal, files }) => [refusal, files])).toEqual([[undefined, [file]]]);
    vi.mocked(open).mockClear();
    const { volume, findings } = await readVolume(series[0] as DiscoveredSeries);
    expect([...volume.hu]).toEqual([8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3].map((stored, n) => stored - 1002 + Math.floor(n / 4)));
    expect(volume.geometry.sizeVoxels).toEqual([2, 2, 3]);
    expect(findings).toEqual([]);
    // Once for the headers, once for the pixels.
    expect(vi.mocked(open)).toHaveBeenCalledTimes(2);
  });
});

const CT = '1.2.840.10008.5.1.4.1.1.2';

/** Says that it is 33 pixels wide: the last byte of Xsiz in the SIZ segment (ISO 15444-1, A.5.1). */
const WIDER = Uint8Array.from(SIGNED_12_BIT_JPEG_2000, (byte, at) => (at === 11 ? 33 : byte));

/** A slice of 32 × 32 at a height, JPEG 2000; its header says unsigned, its code stream signed. */
function compressedSlice(z = 0, codeStream: Uint8Array = SIGNED_12_BIT_JPEG_2000): Buffer {
  const header = encodePart10(CT, `1.2.3.${z}`, [
    [0x00080016, 'UI', CT],
    [0x00080018, 'UI', `1.2.3.${z}`],
    [0x00080060, 'CS', 'CT'],
    [0x0020000e, 'UI', '1.2.4'],
    [0x00200032, 'DS', [0, 0, z]],
    [0x00200037, 'DS', [1, 0, 0, 0, 1, 0]],
    [0x00280010, 'US', 32],
    [0x00280011, 'US', 32],
    [0x00280030, 'DS', [1, 1]],
    [0x00280100, 'US', 16],
    [0x00280101, 'US', 12],
    [0x00280102, 'US', 11],
    [0x00280103, 'US', 0],
    // Tells the slices apart once they are HU.
    [0x00281052, 'DS', z],
    [0x00281053, 'DS', 1],
  ]);
  return Buffer.concat([withTransferSyntax(header, '1.2.840.10008.1.2.4.90'), encapsulated(new Uint8Array(0), codeStream)]);
}

describe('reading a slice whose code stream contradicts the header', () => {
  it('believes the code stream and says so', async () => {
    await writeFile(path.join(root, 'a.dcm'), compressedSlice());
    const { series } = await discoverSeries(root);
    const { volume, findings } = await readVolume(series[0] as DiscoveredSeries);
    expect(findings.map(({ code }) => code)).toContain('PIXELS_NOT_AS_DECLARED');
    expect([volume.hu[0], volume.hu[32 * 31]]).toEqual([-160, 150]);
  });
});

describe('reading compressed slices in threads', () => {
  const SLICES = 20;
  const write = (z: number, bytes: Uint8Array = compressedSlice(z)): Promise<void> =>
    writeFile(path.join(root, `${(z * 7) % SLICES}.dcm`), bytes);

  it('puts each to its place and counts what they contradict', async () => {
    for (let z = 0; z < SLICES; z++) await write(z);
    const cache = new HeaderCache();
    const { series } = await discoverSeries(root, { cache });
    vi.mocked(open).mockClear();
    const { volume, findings } = await readVolume(series[0] as DiscoveredSeries, { cache });
    expect(volume.geometry.sizeVoxels).toEqual([32, 32, SLICES]);
    expect(Array.from({ length: SLICES }, (_, k) => volume.hu[k * 32 * 32])).toEqual(
      Array.from({ length: SLICES }, (_, z) => z - 160),
    );
    expect(findings.find(({ code }) => code === 'PIXELS_NOT_AS_DECLARED')?.message).toContain(`In ${SLICES} slices`);
    // The cache spared the headers, threads of their own read the pixels.
    expect(vi.mocked(open)).not.toHaveBeenCalled();
  });

  it('refuses them for one that cannot be decoded, or is another one by now', async () => {
    for (let z = 0; z < SLICES; z++) await write(z);
    const { series } = await discoverSeries(root);
    await write(3, compressedSlice(3, WIDER));
    await expect(readVolume(series[0] as DiscoveredSeries)).rejects.toMatchObject({ code: 'DICOM_PIXELS' });
    await write(3, compressedSlice(99));
    await expect(readVolume(series[0] as DiscoveredSeries)).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
  });
});

describe('the digest of slices', () => {
  const [first, second, third] = readInstances(parseFile(enhancedCt()));
  const digest = (...instances: readonly (typeof first)[]): string => slicesDigest(instances.flatMap((one) => one ?? []));

  it('is the same in any order, and tells frames of one file apart', () => {
    expect(digest(first, second)).toBe(digest(second, first));
    expect(digest(first, second)).not.toBe(digest(first, third));
    expect(digest(first, second)).not.toBe(digest(first));
  });
});
