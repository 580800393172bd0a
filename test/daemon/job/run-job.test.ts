import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../../core/errors.ts';
import { readVolume } from '../../../daemon/intake/read-volume.ts';
import { BundleShelf } from '../../../daemon/job/bundle-shelf.ts';
import type { JobProgress, JobRequest } from '../../../daemon/job/job.ts';
import { type JobDependencies, runJob } from '../../../daemon/job/run-job.ts';
import type { ResultReport } from '../../../daemon/results/report.ts';
import { writeImages } from '../../../daemon/results/write-images.ts';
import { readNifti, readNiftiLabels } from '../../../formats/nifti/read-nifti.ts';
import { writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import { ORGAN_HU, TUMOUR_HU, writeTinyBundle } from '../../runtime/make-tiny-bundle.ts';
import { makeVolume } from '../../runtime/make-volume.ts';
import { makeRequest } from './make-input.ts';

const shelf = new BundleShelf();
afterAll(() => shelf.release());

const dependencies: JobDependencies = { readVolume, takeBundle: (folder, provider) => shelf.take(folder, provider) };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'voxwatch-job-'));
});

async function readReport(folder: string): Promise<ResultReport> {
  return JSON.parse(await readFile(join(root, 'out', folder, 'report.json'), 'utf8')) as ResultReport;
}

/** The same header, but float32 voxels, all of them no number. */
function withoutNumbers(nifti: Uint8Array): Uint8Array {
  const file = gunzipSync(nifti);
  const dataOffset = file.readFloatLE(108);
  const voxels = (file.length - dataOffset) / 2;
  const float32 = Buffer.concat([file.subarray(0, dataOffset), Buffer.from(new Float32Array(voxels).fill(Number.NaN).buffer)]);
  float32.writeInt16LE(16, 70);
  float32.writeInt16LE(32, 72);
  return float32;
}

describe('runJob', () => {
  it('publishes mask, pictures and report', async () => {
    const request = await makeRequest(root);
    const seen: JobProgress[] = [];
    const outcome = await runJob(request, { ...dependencies, onProgress: (progress) => seen.push(progress) });
    expect(outcome).toMatchObject({ status: 'published', folder: 'study' });
    expect((await readdir(join(root, 'out', 'study'))).sort()).toEqual(['mask.nii.gz', 'overlays', 'preview.jpg', 'report.json']);
    expect((await readdir(join(root, 'out', 'study', 'overlays'))).sort()).toEqual(['0003.jpg', '0004.jpg']);
    const mask = readNiftiLabels(await readFile(join(root, 'out', 'study', 'mask.nii.gz')));
    const input = readNifti(await readFile(request.series.files[0] as string)).volume;
    expect(mask.geometry).toEqual(input.geometry);
    expect(mask.labels).toEqual(Uint8Array.from(input.hu, (hu) => (hu > 200 ? 2 : hu > 100 ? 1 : 0)));
    const report = await readReport('study');
    expect(report).toMatchObject({
      status: 'segmented',
      outcome: 'tumour-found',
      provider: { name: 'cpu', refused: [] },
      input: { kind: 'nifti', sizeVoxels: [24, 20, 6], axisCodes: 'LPS' },
      labels: [
        { name: 'kidney', voxelCount: 92, volumeMl: 0.092, components: 1 },
        { name: 'tumour', voxelCount: 4, volumeMl: 0.004, meanHu: 250, sdHu: 0, largestDiameterMm: 2.236 },
      ],
      lesions: [{ voxelCount: 4, volumeMl: 0.004, centroidMm: [10.5, 10.5, 2], slices: [3, 3], largestDiameter3dMm: 2.236 }],
    });
    expect(Object.keys(report.timingsMs.stages)).toEqual(['organ', 'tumour']);
    expect(seen.map(({ step }) => step)).toEqual(expect.arrayContaining(['read', 'segment', 'write']));
  });

  it('does the same work once, and other overlays again', async () => {
    const request = await makeRequest(root);
    await runJob(request, dependencies);
    expect(await runJob(request, dependencies)).toMatchObject({ status: 'already-published', folder: 'study' });
    expect(await runJob({ ...request, overlays: 'all' }, dependencies)).toMatchObject({ status: 'published', folder: 'study-2' });
    expect(await readdir(join(root, 'out', 'study-2', 'overlays'))).toHaveLength(6);
  });

  it('gives each of several bundles a folder of its own', async () => {
    const request = await makeRequest(root);
    const bundleDirs = [...request.bundleDirs, join(root, 'other')];
    await writeTinyBundle(join(root, 'other'), { name: 'other' });
    const both: JobRequest = { ...request, bundleDirs };
    expect((await runJob(both, dependencies)).status).toBe('published');
    expect((await readReport('study/tiny')).bundle.name).toBe('tiny');
    expect((await readReport('study/other')).bundle.name).toBe('other');
    expect((await runJob(both, dependencies)).status).toBe('already-published');
  });

  describe('with several bundles', () => {
    let both: JobRequest;
    beforeEach(async () => {
      const request = await makeRequest(root);
      await writeTinyBundle(join(root, 'other'), { name: 'other' });
      both = { ...request, bundleDirs: [...request.bundleDirs, join(root, 'other')] };
    });

    it('writes the masks of one while the networks of the next are at work', async () => {
      const seen: string[] = [];
      let secondIsDone = (): void => {};
      const untilSecondIsDone = new Promise<void>((resolve) => {
        secondIsDone = resolve;
      });
      const onProgress = ({ step, done }: JobProgress): void => {
        if (step === 'segment' && done === 1) secondIsDone();
        if (step === 'write') seen.push(`overlay ${done}`);
      };
      const writeMasks: JobDependencies['writeMasks'] = async ({ folder, images, isLast, onPicture }, onAside) => {
        seen.push(`${basename(folder)} begun, ${isLast ? 'last' : 'not last'}`);
        onAside();
        // Were the next bundle to wait for this one, it would wait for ever.
        await untilSecondIsDone;
        await writeImages(folder, images, onPicture);
        seen.push(`${basename(folder)} ended`);
      };
      expect(await runJob(both, { ...dependencies, onProgress, writeMasks })).toMatchObject({ status: 'published' });
      expect(seen.filter((line) => line.startsWith('overlay'))).toEqual(['overlay 1', 'overlay 2']);
      expect(seen.filter((line) => line.includes('begun'))).toEqual(['tiny begun, not last', 'other begun, last']);
      expect((await readReport('study/tiny')).outcome).toBe('tumour-found');
      expect((await readReport('study/other')).outcome).toBe('tumour-found');
    });

    it('waits for what is being written before it fails of the next, and publishes nothing', async () => {
      const seen: string[] = [];
      const writeMasks: JobDependencies['writeMasks'] = async ({ folder, images, isLast, onPicture }, onAside) => {
        if (isLast) throw new VoxwatchError('OUTPUT_NOT_WRITABLE', 'no room');
        onAside();
        await setTimeout(50);
        await writeImages(folder, images, onPicture);
        seen.push('tiny ended');
      };
      await expect(runJob(both, { ...dependencies, writeMasks })).rejects.toMatchObject({ code: 'OUTPUT_NOT_WRITABLE' });
      expect(seen).toEqual(['tiny ended']);
      expect(await readdir(join(root, 'out'))).not.toContain('study');
    });
  });

  it.each([
    ['one slice', [24, 20, 1]],
    ['slices of 1 × 1 pixels', [1, 1, 7]],
    ['slices of one row', [40, 1, 3]],
    ['4,000 slices', [4, 3, 4000]],
  ] as const)('publishes mask and pictures of %s', async (_what, size) => {
    const request = await makeRequest(root);
    const [i, j, k] = size;
    const volume = makeVolume(size, [{ from: [0, 0, k - 1], to: [i, j, k], hu: TUMOUR_HU }]);
    const organ = volume.hu.with(0, ORGAN_HU);
    await writeFile(request.series.files[0] as string, writeNiftiVolume({ ...volume, hu: organ }));
    expect(await runJob(request, dependencies)).toMatchObject({ status: 'published' });
    const mask = readNiftiLabels(await readFile(join(root, 'out', 'study', 'mask.nii.gz')));
    // Which of the two labels depends on the crop.
    expect(mask.labels.map((label) => Math.min(label, 1))).toEqual(Uint8Array.from(organ, (hu) => (hu > 100 ? 1 : 0)));
    const pictures = await readdir(join(root, 'out', 'study', 'overlays'));
    expect(pictures).toContain(`${String(k).padStart(4, '0')}.jpg`);
    expect(pictures.length).toBe(Math.min(k, 2));
  });

  it('publishes why a series was refused, once', async () => {
    const refusal = { code: 'DICOM_LOCALIZER', message: 'This is a localizer.' } as const;
    const request = await makeRequest(root, { refusal });
    const expected = { status: 'refused', folder: 'rejected/study', ...refusal };
    expect(await runJob(request, dependencies)).toEqual(expected);
    expect(await runJob(request, dependencies)).toEqual(expected);
    expect(await readReport('rejected/study')).toMatchObject({ status: 'refused', ...refusal });
  });

  it('refuses a series that shows nothing: padding alone, no number alone', async () => {
    const request = await makeRequest(root);
    const file = request.series.files[0] as string;
    const { geometry, hu } = readNifti(await readFile(file)).volume;
    const padding = writeNiftiVolume({ geometry, hu: hu.map(() => -1024) });
    for (const nothing of [padding, withoutNumbers(padding)]) {
      await writeFile(file, nothing);
      expect(await runJob(request, dependencies)).toMatchObject({ status: 'refused', code: 'IMAGE_EMPTY' });
      await rm(join(root, 'out'), { recursive: true });
    }
    await writeFile(file, withoutNumbers(padding));
    await runJob(request, dependencies);
    const { findings } = await readReport('rejected/study');
    expect(findings).toContainEqual(expect.objectContaining({ code: 'IMAGE_EMPTY', severity: 'error' }));
    expect(findings).toContainEqual(expect.objectContaining({ code: 'NIFTI_NOT_A_NUMBER' }));
  });

  it('refuses what reading refuses, but not an input that is changing', async () => {
    const request = await makeRequest(root);
    const failing = (code: 'DICOM_PIXELS' | 'INPUT_CHANGED'): JobDependencies => ({
      ...dependencies,
      readVolume: () => Promise.reject(new VoxwatchError(code, 'Said so.')),
    });
    expect(await runJob(request, failing('DICOM_PIXELS'))).toMatchObject({ status: 'refused', code: 'DICOM_PIXELS' });
    await expect(runJob(request, failing('INPUT_CHANGED'))).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
  });

  it('publishes nothing with a bundle that is missing or was tampered with', async () => {
    const request = await makeRequest(root);
    await writeFile(join(root, 'tiny', 'stage-2.onnx'), 'no network');
    await expect(runJob(request, dependencies)).rejects.toMatchObject({ code: 'BUNDLE_CHECKSUM' });
    await rm(join(root, 'tiny'), { recursive: true });
    await expect(runJob(request, dependencies)).rejects.toMatchObject({ code: 'BUNDLE_NOT_FOUND' });
    expect(await readdir(join(root, 'out'))).toEqual([]);
  });
});
