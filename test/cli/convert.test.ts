import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Volume } from '../../core/volume.ts';
import { writeCtSeries } from '../../formats/dicom/write-instance.ts';
import { readNifti } from '../../formats/nifti/read-nifti.ts';
import { axialGrid, countingVolume } from '../formats/phantoms.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

function convert(...argv: readonly string[]): Promise<{ exitCode: number; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'convert', ...argv], (error, _, stderr) =>
      resolve({ exitCode: error ? Number(error.code) : 0, stderr }),
    );
  });
}

const SERIES: Readonly<Record<string, Volume>> = {
  arterial: countingVolume(axialGrid([6, 5, 8])),
  venous: countingVolume(axialGrid([5, 4, 6], 0.8)),
};

let root = '';
let study = '';
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'voxwatch-convert-'));
  study = path.join(root, 'study');
  for (const [n, [name, volume]] of Object.entries(SERIES).entries()) {
    await mkdir(path.join(study, name), { recursive: true });
    const files = writeCtSeries(volume, { seed: 7, seriesNumber: n + 1, seriesDescription: name, convolutionKernel: 'STANDARD' });
    for (const [k, bytes] of files.entries()) await writeFile(path.join(study, name, `${k}.dcm`), bytes);
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('voxwatch convert', () => {
  it.each(Object.keys(SERIES))('takes the series that --series names: %s', async (name) => {
    const output = path.join(root, `${name}.nii.gz`);
    expect((await convert(study, output, '--series', name)).exitCode).toBe(0);
    const { volume } = readNifti(await readFile(output));
    const expected = SERIES[name] as Volume;
    expect(volume.geometry.sizeVoxels).toEqual(expected.geometry.sizeVoxels);
    expect(volume.hu).toEqual(expected.hu);
    for (const [n, value] of expected.geometry.voxelToWorld.entries()) {
      expect(volume.geometry.voxelToWorld[n]).toBeCloseTo(value, 4);
    }
  });

  it('takes the only series without being told', async () => {
    const output = path.join(root, 'only.nii.gz');
    expect((await convert(path.join(study, 'venous'), output)).exitCode).toBe(0);
    expect(readNifti(await readFile(output)).volume.hu).toEqual(SERIES.venous?.hu);
  });

  it.each<[string, readonly string[]]>([
    ['is told none of several series', []],
    ['is told a name that is not there', ['--series', 'delayed']],
  ])('lists the names and writes nothing if it %s', async (_, options) => {
    const output = path.join(root, 'none.nii.gz');
    const { exitCode, stderr } = await convert(study, output, ...options);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('  arterial (8 files)\n  venous (6 files)\n');
    expect(stderr).not.toContain(root);
    expect(existsSync(output)).toBe(false);
  });
});
