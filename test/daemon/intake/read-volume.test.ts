import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { discoverSeries } from '../../../daemon/intake/discover-series.ts';
import type { DiscoveredSeries } from '../../../daemon/intake/discovered-series.ts';
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
    vi.mocked(readFile).mockClear();
    const { volume, findings } = await readVolume(series[0] as DiscoveredSeries);
    expect([...volume.hu]).toEqual([8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3].map((stored, n) => stored - 1002 + Math.floor(n / 4)));
    expect(volume.geometry.sizeVoxels).toEqual([2, 2, 3]);
    expect(findings).toEqual([]);
    // Once for the headers, once for the pixels.
    expect(vi.mocked(readFile)).toHaveBeenCalledTimes(2);
  });
});

describe('reading a slice whose code stream contradicts the header', () => {
  it('believes the code stream and says so', async () => {
    const ct = '1.2.840.10008.5.1.4.1.1.2';
    const header = encodePart10(ct, '1.2.3', [
      [0x00080016, 'UI', ct],
      [0x00080018, 'UI', '1.2.3'],
      [0x00080060, 'CS', 'CT'],
      [0x0020000e, 'UI', '1.2.4'],
      [0x00200032, 'DS', [0, 0, 0]],
      [0x00200037, 'DS', [1, 0, 0, 0, 1, 0]],
      [0x00280010, 'US', 32],
      [0x00280011, 'US', 32],
      [0x00280030, 'DS', [1, 1]],
      [0x00280100, 'US', 16],
      [0x00280101, 'US', 12],
      [0x00280102, 'US', 11],
      [0x00280103, 'US', 0],
    ]);
    const file = Buffer.concat([
      withTransferSyntax(header, '1.2.840.10008.1.2.4.90'),
      encapsulated(new Uint8Array(0), SIGNED_12_BIT_JPEG_2000),
    ]);
    await writeFile(path.join(root, 'a.dcm'), file);
    const { series } = await discoverSeries(root);
    const { volume, findings } = await readVolume(series[0] as DiscoveredSeries);
    expect(findings.map(({ code }) => code)).toContain('PIXELS_NOT_AS_DECLARED');
    expect([volume.hu[0], volume.hu[32 * 31]]).toEqual([-160, 150]);
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
