import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverSeries } from '../../../daemon/intake/discover-series.ts';
import type { DiscoveredSeries } from '../../../daemon/intake/discovered-series.ts';
import { HeaderCache } from '../../../daemon/intake/header-cache.ts';
import { readVolume } from '../../../daemon/intake/read-volume.ts';
import { type CtSeriesOptions, writeCtSeries } from '../../../formats/dicom/write-instance.ts';
import { writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import { axialGrid, countingVolume } from '../../formats/phantoms.ts';
import { describeWithSharedData, expectedData, sharedPath } from '../../formats/shared-data.ts';

const volume = countingVolume(axialGrid());
let root = '';

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'voxwatch-intake-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function writeSeries(folder: string, changed: Partial<CtSeriesOptions> = {}): Promise<string[]> {
  await mkdir(path.join(root, folder), { recursive: true });
  const options = { seed: 7, seriesDescription: 'Phantom', convolutionKernel: 'STANDARD', ...changed };
  const files = writeCtSeries(volume, options).map((bytes, k) => ({
    bytes,
    file: path.join(root, folder, `${options.seed}-${options.seriesNumber ?? 1}-${k}.dcm`),
  }));
  await Promise.all(files.map(({ file, bytes }) => writeFile(file, bytes)));
  return files.map(({ file }) => file);
}

async function writeNifti(name: string): Promise<string> {
  const file = path.join(root, name);
  await writeFile(file, writeNiftiVolume(volume));
  return file;
}

describe('discovering series', () => {
  it('finds nothing in an empty folder, and says when there is no folder', async () => {
    expect(await discoverSeries(root)).toEqual({ series: [], setAside: [] });
    await expect(discoverSeries(path.join(root, 'nowhere'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });

  it('names series by their folder and numbers them by series number', async () => {
    await writeSeries('Case 1 é', { seriesNumber: 9 });
    await writeSeries('Case 1 é', { seriesNumber: 2 });
    await writeNifti('scan.v2.nii.gz');
    const { series, setAside } = await discoverSeries(root);
    expect(series.map(({ name, kind, files }) => [name, kind, files.length])).toEqual([
      ['Case_1_é', 'dicom', 8],
      ['Case_1_é-2', 'dicom', 8],
      ['scan.v2', 'nifti', 1],
    ]);
    expect(path.basename(series[0]?.files[0] ?? '')).toBe('7-2-0.dcm');
    expect(setAside).toEqual([]);
    expect(new Set(series.map(({ key }) => key)).size).toBe(3);
  });

  it('names loose files by a digest where it is told to', async () => {
    await writeSeries('.');
    expect((await discoverSeries(root, { nameLooseFilesBy: 'digest' })).series[0]?.name).toMatch(/^dicom-[0-9a-f]{8}$/);
    expect((await discoverSeries(root)).series[0]?.name).toMatch(/^voxwatch-intake-/);
  });

  it('takes a single file for itself', async () => {
    const files = await writeSeries('case');
    const { series } = await discoverSeries(files[2] as string);
    expect(series.map(({ name, files: found }) => [name, found.length])).toEqual([['7-1-2', 1]]);
  });

  it('leaves hidden, unfinished and companion files and links out quietly, and sets others aside', async () => {
    await writeSeries('case');
    for (const name of ['.hidden.nii', 'x.nii.gz.part', 'y.tmp', 'DICOMDIR', 'Thumbs.db'])
      await writeFile(path.join(root, name), 'x');
    await symlink(path.join(root, 'case'), path.join(root, 'link'));
    await writeFile(path.join(root, 'notes.txt'), 'hello');
    await writeFile(path.join(root, 'empty.dcm'), '');
    const { series, setAside } = await discoverSeries(root);
    expect(series).toHaveLength(1);
    expect(setAside.map(({ file, code }) => [path.basename(file), code])).toEqual([
      ['empty.dcm', 'INPUT_EMPTY'],
      ['notes.txt', 'INPUT_UNKNOWN_FORMAT'],
    ]);
  });

  it('finds a NIfTI pair by either of its files', async () => {
    const whole = gunzipSync(writeNiftiVolume(volume));
    whole.write('ni1', 344, 'latin1');
    whole.writeFloatLE(0, 108);
    const [header, image] = ['scan.hdr', 'scan.img'].map((name) => path.join(root, name)) as [string, string];
    await writeFile(header, whole.subarray(0, 348));
    await writeFile(image, whole.subarray(352));
    for (const input of [header, image]) {
      const { series, setAside } = await discoverSeries(input);
      expect(series.map(({ name, files, refusal }) => [name, files, refusal])).toEqual([['scan', [header, image], undefined]]);
      expect(setAside).toEqual([]);
    }
  });

  it('sets truncated files aside, and the series then has a hole', async () => {
    const files = await writeSeries('case');
    const nifti = await writeNifti('scan.nii.gz');
    await truncate(files[3] as string, 900);
    await truncate(nifti, 200);
    const { series, setAside } = await discoverSeries(root);
    expect(setAside.map(({ code }) => code)).toEqual(['INPUT_TRUNCATED', 'INPUT_TRUNCATED']);
    expect(series.map(({ isClosed, findings }) => [isClosed, findings.map(({ code }) => code)])).toEqual([[false, ['SLICE_GAP']]]);
  });

  it('sees with a cache what it sees without, also after files changed', async () => {
    const files = await writeSeries('case');
    const cache = new HeaderCache();
    expect(await discoverSeries(root, { cache })).toEqual(await discoverSeries(root));
    expect(cache.size).toBe(8);
    await rm(files[4] as string);
    await truncate(files[6] as string, 900);
    expect(await discoverSeries(root, { cache })).toEqual(await discoverSeries(root));
    expect(cache.size).toBe(7);
  });
});

describe('reading a discovered series', () => {
  it('gives the volume that was written, and the same digest wherever the files lie', async () => {
    await writeSeries('case');
    const [before] = (await discoverSeries(root)).series;
    const read = await readVolume(before as DiscoveredSeries);
    expect(read.volume.hu).toEqual(volume.hu);
    expect(read.source).toEqual({ kind: 'dicom', modality: 'CT', bodyPart: 'ABDOMEN' });
    await rename(path.join(root, 'case'), path.join(root, 'moved'));
    const [after] = (await discoverSeries(root)).series;
    expect((await readVolume(after as DiscoveredSeries)).inputSha256()).toBe(read.inputSha256());
  });

  it('refuses what changed or vanished since', async () => {
    const files = await writeSeries('case');
    const nifti = await writeNifti('scan.nii.gz');
    const [dicomSeries, niftiSeries] = (await discoverSeries(root)).series as [DiscoveredSeries, DiscoveredSeries];
    await truncate(files[1] as string, 900);
    await rm(nifti);
    await expect(readVolume(dicomSeries)).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
    await expect(readVolume(niftiSeries)).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
  });
});

describeWithSharedData('discovering real series', () => {
  const stacks = Object.entries(expectedData().dicom_series)
    .map(([name, expected]) => ({ folder: name.replace(/ \[.*/, ''), ...expected }))
    .filter(({ folder }) => !folder.endsWith('CT2N'));

  it.each(stacks)('$folder: slices, steps and tilt', async ({ folder, n, steps_mm, stack_vs_normal_deg }) => {
    const { series } = await discoverSeries(sharedPath(folder));
    expect(series).toHaveLength(1);
    const { volume: read, findings } = await readVolume(series[0] as DiscoveredSeries);
    expect(read.geometry.sizeVoxels[2]).toBe(n);
    const codes = findings.map(({ code }) => code);
    expect(codes.includes('GANTRY_TILT')).toBe(stack_vs_normal_deg > 0);
    expect(codes.includes('SLICE_GAP') || codes.includes('UNEVEN_SLICES')).toBe(steps_mm.length > 1);
    expect(series[0]?.isClosed).toBe(steps_mm.length === 1);
  });

  it.each([
    ['series/localizer-philips', 'DICOM_LOCALIZER'],
    ['dicomdir/98892001/CT2N', 'DICOM_LOCALIZER'],
    ['non-image', 'DICOM_NOT_CT'],
    ['charset', 'DICOM_NOT_CT'],
    ['labelled/dcmqi-liver-3slice/liver.dcm', 'DICOM_NOT_CT'],
    ['nifti/nifti-rs/rgb/3D.nii', 'NIFTI_UNSUPPORTED'],
  ])('refuses %s with %s', async (input, code) => {
    const { series } = await discoverSeries(sharedPath(input));
    expect(series.length).toBeGreaterThan(0);
    for (const { refusal } of series) expect(refusal?.code).toBe(code);
  });
});
