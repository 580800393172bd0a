import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DiscoveredSeries } from '../../../daemon/intake/discovered-series.ts';
import { readVolume } from '../../../daemon/intake/read-volume.ts';
import { ReadAhead } from '../../../daemon/job/read-ahead.ts';
import { readNifti } from '../../../formats/nifti/read-nifti.ts';
import { writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import { makeRequest } from './make-input.ts';

let series: DiscoveredSeries;
let file: string;
beforeEach(async () => {
  ({ series } = await makeRequest(await mkdtemp(join(tmpdir(), 'voxwatch-ahead-'))));
  file = series.files[0] as string;
});

/** Time for a thread to start and read a small file, on a busy machine. */
const READ_MS = 4_000;

/** The same file with every voxel one brighter. */
async function brighten(): Promise<void> {
  const { geometry, hu } = readNifti(await readFile(file)).volume;
  await writeFile(file, writeNiftiVolume({ geometry, hu: hu.map((value) => value + 1) }));
}

describe('ReadAhead', () => {
  it('gives what reading gives, and takes it from the thread', async () => {
    const ahead = new ReadAhead();
    await utimes(file, 1, 1);
    const now = await readVolume(series);
    ahead.begin(series);
    await sleep(READ_MS);
    // Overwritten in place and the time of change put back: only who has read it before can still give it.
    await writeFile(file, new Uint8Array((await readFile(file)).length));
    await utimes(file, 1, 1);
    const read = await ahead.read(series);
    expect(read.volume).toEqual(now.volume);
    expect(read.inputSha256()).toBe(now.inputSha256());
    expect({ ...read, inputSha256: 0 }).toEqual({ ...now, inputSha256: 0 });
  });

  it('reads again what has changed since, or was written over meanwhile', async () => {
    const ahead = new ReadAhead();
    const before = await readVolume(series);
    ahead.begin(series);
    await sleep(READ_MS);
    await brighten();
    expect((await ahead.read(series)).volume.hu[0]).toBe((before.volume.hu[0] as number) + 1);
    ahead.begin(series);
    await brighten();
    expect((await ahead.read(series)).volume.hu[0]).toBe((before.volume.hu[0] as number) + 2);
  });

  it('says that the input changed where it is gone by then', async () => {
    const ahead = new ReadAhead();
    ahead.begin(series);
    await sleep(READ_MS);
    await rm(file);
    await expect(ahead.read(series)).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
  });

  it('forgets what was not asked for, and an error comes in its own turn', async () => {
    const ahead = new ReadAhead();
    const other = { ...series, key: 'nifti-2' };
    ahead.begin(other);
    expect((await ahead.read(series)).volume).toBeDefined();
    ahead.begin({ ...series, files: ['/nowhere.nii'] });
    await sleep(100);
    expect((await ahead.read(series)).volume).toBeDefined();
    await writeFile(file, 'no NIfTI');
    ahead.begin(series);
    await expect(ahead.read(series)).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
  });

  it('reads nothing ahead where memory is short, and all the same when it is asked', async () => {
    let asked = 0;
    const ahead = new ReadAhead(() => (asked++, 1_000));
    ahead.begin(series);
    expect((await ahead.read(series)).volume.hu).toHaveLength(24 * 20 * 6);
    expect(asked).toBe(1);
  });
});
