import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { discoverSeries } from '../../../daemon/intake/discover-series.ts';
import type { DiscoveredSeries } from '../../../daemon/intake/discovered-series.ts';
import { readVolume } from '../../../daemon/intake/read-volume.ts';
import { slicesDigest } from '../../../daemon/intake/slices-digest.ts';
import { readInstances } from '../../../formats/dicom/instance.ts';
import { parseFile } from '../../../formats/dicom/parse-file.ts';
import { enhancedCt } from '../../formats/dicom/enhanced-ct.ts';

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

describe('the digest of slices', () => {
  const [first, second, third] = readInstances(parseFile(enhancedCt()));
  const digest = (...instances: readonly (typeof first)[]): string => slicesDigest(instances.flatMap((one) => one ?? []));

  it('is the same in any order, and tells frames of one file apart', () => {
    expect(digest(first, second)).toBe(digest(second, first));
    expect(digest(first, second)).not.toBe(digest(first, third));
    expect(digest(first, second)).not.toBe(digest(first));
  });
});
