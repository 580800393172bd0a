/** Each check on machines that are played: one as it should be, and one for each thing that can be wrong. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBundles, readBundles } from '../../../cli/doctor/checks/bundles.ts';
import { checkCores } from '../../../cli/doctor/checks/cores.ts';
import { checkCudaLibraries } from '../../../cli/doctor/checks/cuda-libraries.ts';
import { checkFolder, readFolder } from '../../../cli/doctor/checks/folders.ts';
import { checkGpu, parseDriver } from '../../../cli/doctor/checks/gpu.ts';
import { checkInotify } from '../../../cli/doctor/checks/inotify.ts';
import { checkMemory } from '../../../cli/doctor/checks/memory.ts';
import { checkNode, MIN_NODE } from '../../../cli/doctor/checks/node.ts';
import { checkProviders } from '../../../cli/doctor/checks/providers.ts';
import { checkTimeZone } from '../../../cli/doctor/checks/time-zone.ts';
import { ONNXRUNTIME_VERSION } from '../../../cli/setup/cuda-wheels.ts';
import { NVIDIA_LIBRARIES, PROVIDER_LIBRARIES } from '../../../runtime/sessions/cuda-libraries.ts';
import { writeTinyBundle } from '../../runtime/make-tiny-bundle.ts';

describe('Node', () => {
  it('is new enough from the version that package.json asks for', async () => {
    const { engines } = JSON.parse(await readFile(join(import.meta.dirname, '../../../package.json'), 'utf8'));
    expect(engines.node).toBe(`>=${MIN_NODE.join('.')}`);
    expect(checkNode('20.19.0').status).toBe('ok');
    expect(checkNode('24.1.0').status).toBe('ok');
    expect(checkNode('20.18.3')).toMatchObject({ status: 'failed', mend: 'Install Node 20.19 or newer.' });
    expect(checkNode('18.20.0').status).toBe('failed');
  });
});

describe('memory', () => {
  it('is judged by what is free within the limit of the container, and says whose limit it is', () => {
    expect(checkMemory({ totalBytes: 16e9, availableBytes: 9e9 })).toMatchObject({ status: 'ok', found: '9.0 GB free of 16.0 GB' });
    expect(checkMemory({ totalBytes: 16e9, availableBytes: 3e9 })).toMatchObject({
      status: 'warning',
      mend: expect.stringMatching(/^Free memory/),
    });
    const limited = checkMemory({ totalBytes: 64e9, limitBytes: 2e9, availableBytes: 1.5e9 });
    expect(limited).toMatchObject({ status: 'warning', found: '1.5 GB free of 2.0 GB that this process may use' });
    expect(limited.mend).toMatch(/^Raise the memory limit/);
    expect(checkMemory({ totalBytes: 2e9, availableBytes: 0.5e9 }).status).toBe('failed');
  });
});

describe('cores', () => {
  it('are free as far as nothing else computes', () => {
    expect(checkCores({ allowed: 8, threads: 8, load: 1.26 })).toMatchObject({
      status: 'ok',
      found: '8 cores, about 6.7 free now; 8 threads for inference',
    });
    expect(checkCores({ allowed: 2, threads: 2, load: 1.5 })).toMatchObject({
      status: 'warning',
      found: expect.stringMatching(/^2 cores, about 0.5 free now/),
    });
    expect(checkCores({ allowed: 1, threads: 1, load: 30 }).found).toBe('1 core, about 0 free now; 1 thread for inference');
  });

  it('that a container has only a share of are told from cores of its own', () => {
    expect(checkCores({ allowed: 64, quota: 2, threads: 2, load: 0 })).toMatchObject({
      status: 'warning',
      mend: expect.stringMatching(/--cpuset-cpus/),
    });
    expect(checkCores({ allowed: 2, quota: 2, threads: 2, load: 0 }).status).toBe('ok');
  });
});

describe('NVIDIA GPU', () => {
  const good = { onBus: 1, models: ['NVIDIA L4'], driver: '580.65.06', hasDevice: true };

  it('is not missed where there is none', () => {
    expect(checkGpu({ onBus: 0, models: [], hasDevice: false })).toMatchObject({ status: 'ok', found: 'none' });
  });

  it('needs a driver, a new one, and in a container its device', () => {
    expect(checkGpu(good)).toMatchObject({ status: 'ok', found: 'NVIDIA L4, driver 580.65.06' });
    expect(checkGpu({ onBus: 1, models: [], hasDevice: false })).toMatchObject({
      status: 'warning',
      mend: expect.stringMatching(/^Install NVIDIA's driver/),
    });
    expect(checkGpu({ ...good, driver: '570.133.20' })).toMatchObject({
      status: 'warning',
      mend: expect.stringMatching(/^Update NVIDIA's driver/),
    });
    expect(checkGpu({ ...good, hasDevice: false })).toMatchObject({ status: 'warning', mend: expect.stringMatching(/--gpus all/) });
  });

  it('reads the driver of both kernel modules', () => {
    const closed =
      'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\nGCC version:  gcc 12.2.0';
    const open = 'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder@U22)';
    expect([parseDriver(closed), parseDriver(open), parseDriver(undefined)]).toEqual(['535.183.01', '580.65.06', undefined]);
  });
});

describe('CUDA libraries', () => {
  const good = { hasGpu: true, onnxruntimeVersion: ONNXRUNTIME_VERSION, missing: [], missingProviders: [] };

  it('are all there, or are told by name', () => {
    expect(checkCudaLibraries(good)).toMatchObject({ status: 'ok', found: '16 of 16 found' });
    expect(checkCudaLibraries({ ...good, missing: ['libcudnn.so.9'] })).toEqual({
      title: 'CUDA libraries',
      status: 'warning',
      found: '15 of 16 found; missing: libcudnn.so.9',
      mend: 'Run voxwatch setup cuda.',
    });
  });

  it('are not missed without a GPU', () => {
    const nothing = { hasGpu: false, missing: [...NVIDIA_LIBRARIES, 'libcuda.so.1'], missingProviders: PROVIDER_LIBRARIES };
    expect(checkCudaLibraries(nothing)).toMatchObject({
      status: 'ok',
      found: expect.stringMatching(/^0 of 16 found; without an NVIDIA GPU none is needed/),
    });
  });

  it('tells links that npm ci took away, a missing driver, and another version of ONNX Runtime apart', () => {
    expect(checkCudaLibraries({ ...good, missingProviders: PROVIDER_LIBRARIES })).toMatchObject({
      status: 'warning',
      mend: expect.stringMatching(/npm ci takes/),
    });
    expect(checkCudaLibraries({ ...good, missing: ['libcuda.so.1'] })).toMatchObject({
      status: 'warning',
      mend: expect.stringMatching(/driver/),
    });
    expect(checkCudaLibraries({ ...good, onnxruntimeVersion: '1.31.1' })).toMatchObject({
      status: 'warning',
      mend: expect.stringMatching(/npm ci/),
    });
  });
});

describe('providers', () => {
  const cuda = { provider: 'cuda', refusal: 'No driver.' } as const;
  const golden = { pixels: 100, differing: 0 };

  it('must be the CPU at least; a refused GPU matters only where there is one', () => {
    const cpu = { provider: 'cpu', golden } as const;
    const status = (hasGpu: boolean) => checkProviders({ hasGpu, probes: [cuda, cpu] }).map((point) => point.status);
    expect(status(false)).toEqual(['ok', 'ok']);
    expect(status(true)).toEqual(['warning', 'ok']);
    const broken = checkProviders({ hasGpu: false, probes: [cuda, { provider: 'cpu', refusal: 'Wrong labels.' }] });
    expect(broken[1]).toMatchObject({ status: 'failed', found: 'Wrong labels.' });
  });

  it('keeps each reason, and counts near ties', () => {
    const webgpu = { provider: 'webgpu', golden: { pixels: 100, differing: 3 } } as const;
    const points = checkProviders({ hasGpu: true, probes: [cuda, webgpu] });
    expect(points.map(({ status, found }) => [status, found])).toEqual([
      ['ok', 'not used here: No driver.'],
      ['ok', 'gives the golden labels, but for 3 near ties'],
    ]);
  });
});

describe('inotify limits', () => {
  it('are enough, too small each for itself, or not there', () => {
    expect(checkInotify({ watches: 1_000_000, instances: 128 }).status).toBe('ok');
    expect(checkInotify({}).found).toBe('none on this system');
    const mend = checkInotify({ watches: 8192, instances: 128 }).mend;
    expect(mend).toContain('max_user_watches');
    expect(mend).not.toContain('max_user_instances');
  });
});

describe('folders', () => {
  const good = { title: 'results folder', use: 'write', state: 'there', isAllowed: true, freeBytes: 50e9 } as const;

  it('are there or can be made, may be used, and have space', () => {
    expect(checkFolder(good)).toMatchObject({ status: 'ok', found: 'can be written, 50.0 GB free' });
    expect(checkFolder({ ...good, state: 'missing' })).toMatchObject({ status: 'ok', found: 'can be made, 50.0 GB free' });
    expect(checkFolder({ ...good, isAllowed: false })).toMatchObject({ status: 'failed', found: 'cannot be written' });
    expect(checkFolder({ ...good, state: 'no folder' }).status).toBe('failed');
    expect(checkFolder({ ...good, freeBytes: 5e9 }).status).toBe('warning');
    expect(checkFolder({ ...good, freeBytes: 0.5e9 }).status).toBe('failed');
    expect(checkFolder({ ...good, use: 'read', freeBytes: 0 }).status).toBe('ok');
    expect(checkFolder({ ...good, use: 'read', state: 'missing' }).status).toBe('failed');
  });

  it('are looked at without being made', async () => {
    const root = await mkdtemp(join(tmpdir(), 'voxwatch-doctor-'));
    await writeFile(join(root, 'file'), '');
    const write = { title: 'x', use: 'write' } as const;
    expect(await readFolder(join(root, 'not', 'there'), write)).toMatchObject({ state: 'missing', isAllowed: true });
    expect(await readFolder(join(root, 'not'), write)).toMatchObject({ state: 'missing' });
    expect(await readFolder(join(root, 'file'), write)).toMatchObject({ state: 'no folder' });
    expect((await readFolder(root, write)).freeBytes).toBeGreaterThan(0);
    await rm(root, { recursive: true });
  });
});

describe('time zone', () => {
  it('is known, or TZ is wrong', () => {
    expect(checkTimeZone({ zone: 'Europe/Berlin' })).toMatchObject({ status: 'ok', found: 'Europe/Berlin' });
    expect(checkTimeZone({ zone: 'Europe/Berlin', variable: ':Europe/Berlin' }).status).toBe('ok');
    expect(checkTimeZone({ zone: 'UTC', variable: 'Europe/Berln' })).toMatchObject({
      status: 'warning',
      mend: expect.stringMatching(/^Set TZ/),
    });
    expect(checkTimeZone({ zone: 'Etc/Unknown' }).status).toBe('warning');
  });
});

describe('bundles', () => {
  it('are whole, damaged, unreadable, or none is the default', async () => {
    const models = await mkdtemp(join(tmpdir(), 'voxwatch-models-'));
    expect(checkBundles(await readBundles(models))).toMatchObject([{ status: 'failed', found: 'none is the default' }]);
    await writeTinyBundle(join(models, 'tiny'));
    expect(checkBundles(await readBundles(models))).toMatchObject([
      { title: 'bundle tiny', status: 'ok', found: '1.0.0, default, digests right' },
    ]);
    await writeFile(join(models, 'tiny', 'stage-2.onnx'), 'x');
    const [damaged] = checkBundles(await readBundles(models));
    expect(damaged).toMatchObject({ status: 'failed', found: expect.stringContaining('network of stage tumour') });
    await writeFile(join(models, 'tiny', 'manifest.json'), '{}');
    expect(checkBundles(await readBundles(models))).toMatchObject([{ title: 'bundles', status: 'failed' }]);
    await rm(models, { recursive: true });
  });
});
