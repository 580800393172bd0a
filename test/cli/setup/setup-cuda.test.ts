import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ONNXRUNTIME_VERSION } from '../../../cli/setup/cuda-wheels.ts';
import { downloadWheels, type InstallCudaOptions, installCuda } from '../../../cli/setup/setup-cuda.ts';
import { type Answer, type MadeWheel, makeWheel, sendRange, startIndex, type TestIndex, writeWheels } from './make-wheels.ts';

const provider = makeWheel('ort', {
  'libonnxruntime_providers_shared.so': Buffer.from('shared'),
  'libonnxruntime_providers_cuda.so': Buffer.alloc(100_000, 'cuda'),
});
const runtime = makeWheel('cudart', { 'libcudart.so.13': Buffer.alloc(300_000, 'abc') });
const made = [provider, runtime];
const wheels = made.map(({ wheel }) => wheel);
const view = { step: () => {}, bytes: () => {} };

let root: string;
const started: TestIndex[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'voxwatch-setup-'));
  await mkdir(join(root, 'native'));
});

afterEach(async () => {
  for (const { server } of started.splice(0)) server.close();
  await rm(root, { recursive: true });
});

async function index(answers: readonly Answer[] = [], has: readonly MadeWheel[] = made): Promise<TestIndex> {
  const one = await startIndex(has, answers);
  started.push(one);
  return one;
}

/** A machine on which CUDA can be set up, and a network that must not be used. */
function options(changed: Partial<InstallCudaOptions> = {}): InstallCudaOptions {
  const onnxruntime = { version: ONNXRUNTIME_VERSION, nativeFolder: join(root, 'native') };
  const machine = { platform: 'linux', arch: 'x64', onnxruntime };
  return { machine, cudaFolder: join(root, '.cuda'), index: 'http://127.0.0.1:1/simple/', view, wheels, ...changed };
}

describe('installCuda', () => {
  it('downloads, unpacks and links, and leaves nothing else behind', async () => {
    await installCuda(options({ index: (await index()).url }));
    expect((await readdir(join(root, '.cuda'))).sort()).toEqual([
      'installed.json',
      'libcudart.so.13',
      'libonnxruntime_providers_cuda.so',
      'libonnxruntime_providers_shared.so',
    ]);
    expect(await readFile(join(root, '.cuda', 'libcudart.so.13'))).toEqual(Buffer.alloc(300_000, 'abc'));
    const link = join(root, 'native', 'libonnxruntime_providers_cuda.so');
    expect(resolve(dirname(link), await readlink(link))).toBe(join(root, '.cuda', 'libonnxruntime_providers_cuda.so'));
    expect((await readdir(root)).sort()).toEqual(['.cuda', 'native']);
  });

  it('needs no network with a folder carried in, and leaves that as it was', async () => {
    const from = join(root, 'carried');
    await writeWheels(from, made);
    await installCuda(options({ from }));
    expect(await readFile(join(root, '.cuda', 'libonnxruntime_providers_shared.so'), 'utf8')).toBe('shared');
    expect((await readdir(from)).sort()).toEqual(['cudart-1.0.whl', 'ort-1.0.whl']);
  });

  it('after npm ci only makes the links again', async () => {
    const from = join(root, 'carried');
    await writeWheels(from, made);
    await installCuda(options({ from }));
    await rm(join(root, 'native'), { recursive: true });
    await mkdir(join(root, 'native'));
    await installCuda(options());
    expect((await readdir(join(root, 'native'))).length).toBe(2);
  });

  it('sets up again where a library lost its end', async () => {
    const from = join(root, 'carried');
    await writeWheels(from, made);
    await installCuda(options({ from }));
    await writeFile(join(root, '.cuda', 'libcudart.so.13'), 'abc');
    await installCuda(options({ from }));
    expect((await readFile(join(root, '.cuda', 'libcudart.so.13'))).length).toBe(300_000);
  });

  it('keeps a provider that npm itself brought', async () => {
    await writeFile(join(root, 'native', 'libonnxruntime_providers_cuda.so'), 'of npm');
    const from = join(root, 'carried');
    await writeWheels(from, made);
    await installCuda(options({ from }));
    expect(await readFile(join(root, 'native', 'libonnxruntime_providers_cuda.so'), 'utf8')).toBe('of npm');
  });

  it('names every file of a half-filled folder, and touches nothing', async () => {
    const from = join(root, 'carried');
    await writeWheels(from, [{ ...provider, bytes: provider.bytes.subarray(0, 50) }]);
    await expect(installCuda(options({ from }))).rejects.toMatchObject({
      code: 'SETUP_FILE',
      message: expect.stringMatching(/^2 of 2 files .*: ort 1\.0 is not whole; cudart 1\.0 is missing\./),
    });
    expect((await readdir(root)).sort()).toEqual(['carried', 'native']);
  });

  it('refuses a file whose digest differs, and keeps what was set up before', async () => {
    const from = join(root, 'carried');
    await writeWheels(from, made);
    await installCuda(options({ from }));
    const other = Uint8Array.from(runtime.bytes);
    other[40] = (other[40] as number) ^ 1;
    await writeWheels(from, [{ ...runtime, bytes: other }]);
    await writeFile(join(root, '.cuda', 'installed.json'), '{"wheels":{}}');
    await expect(installCuda(options({ from }))).rejects.toMatchObject({
      code: 'SETUP_FILE',
      message: expect.stringContaining('cudart 1.0 is not the pinned file'),
    });
    expect((await readdir(join(root, '.cuda'))).length).toBe(4);
  });

  it('refuses a platform that CUDA cannot be brought to, and another version of onnxruntime-node', async () => {
    const { machine } = options();
    const mac = { ...machine, platform: 'darwin', arch: 'arm64' };
    await expect(installCuda(options({ machine: mac }))).rejects.toMatchObject({
      code: 'SETUP_IMPOSSIBLE',
      message: expect.stringContaining('this is darwin on arm64'),
    });
    const newer = { ...machine, onnxruntime: { version: '1.31.1', nativeFolder: join(root, 'native') } };
    await expect(installCuda(options({ machine: newer }))).rejects.toMatchObject({
      code: 'SETUP_IMPOSSIBLE',
      message: expect.stringContaining('version 1.31.1 is installed'),
    });
    await expect(installCuda(options({ machine: { ...machine, onnxruntime: undefined } }))).rejects.toMatchObject({
      message: expect.stringContaining('it is not installed'),
    });
  });

  it('says before it begins that the disk is too small', async () => {
    const huge = { ...runtime.wheel, libraries: { 'libcudart.so.13': 1e18 } };
    const from = join(root, 'carried');
    await writeWheels(from, made);
    await expect(installCuda(options({ from, wheels: [huge] }))).rejects.toMatchObject({
      code: 'OUTPUT_NOT_WRITABLE',
      message: expect.stringMatching(/^The disk has too little space: 1000000000\.0 GB are needed/),
    });
    expect(await readdir(root)).not.toContain('.cuda.new');
  });

  it('refuses a wheel that lacks a library, without half a folder in its place', async () => {
    const from = join(root, 'carried');
    await writeWheels(from, made);
    const lacking = { ...runtime.wheel, libraries: { 'libcudart.so.14': 5 } };
    await expect(installCuda(options({ from, wheels: [provider.wheel, lacking] }))).rejects.toMatchObject({
      code: 'SETUP_FILE',
      message: 'cudart 1.0 holds no libcudart.so.14.',
    });
    expect(await readdir(root)).not.toContain('.cuda');
  });
});

describe('downloadWheels', () => {
  it('goes on where a connection ended early or broke', async () => {
    const endEarly: Answer = (_request, response, bytes) => response.end(bytes.subarray(0, 100));
    const breakOff: Answer = (_request, response) => response.destroy();
    const { url, ranges } = await index([endEarly, breakOff]);
    await downloadWheels(join(root, 'wheels'), { index: url, view, wheels: [runtime.wheel] });
    expect(ranges).toEqual([undefined, 'bytes=100-', 'bytes=100-']);
    expect(await readFile(join(root, 'wheels', runtime.wheel.file))).toEqual(Buffer.from(runtime.bytes));
  });

  it('goes on with what an earlier run left, and does not ask for what is whole', async () => {
    const folder = join(root, 'wheels');
    await writeWheels(folder, [provider]);
    await writeFile(join(folder, `${runtime.wheel.file}.part`), runtime.bytes.subarray(0, 333));
    const { url, ranges } = await index();
    await downloadWheels(folder, { index: url, view, wheels });
    expect(ranges).toEqual(['bytes=333-']);
    expect((await readdir(folder)).sort()).toEqual(['cudart-1.0.whl', 'ort-1.0.whl']);
  });

  it('begins again where the server knows no ranges', async () => {
    const folder = join(root, 'wheels');
    await mkdir(folder);
    await writeFile(join(folder, `${runtime.wheel.file}.part`), runtime.bytes.subarray(0, 333));
    const { url } = await index([(_request, response, bytes) => response.end(bytes)]);
    await downloadWheels(folder, { index: url, view, wheels: [runtime.wheel] });
    expect(await readFile(join(folder, runtime.wheel.file))).toEqual(Buffer.from(runtime.bytes));
  });

  it('does not keep what is not the pinned file', async () => {
    const other: Answer = (request, response, bytes) => sendRange(request, response, Uint8Array.from(bytes).fill(0, 40, 50));
    const { url } = await index([other]);
    const downloading = downloadWheels(join(root, 'wheels'), { index: url, view, wheels: [runtime.wheel] });
    await expect(downloading).rejects.toMatchObject({ code: 'SETUP_FILE' });
    expect(await readdir(join(root, 'wheels'))).toEqual([]);
  });

  it('refuses an index that has another file under the pinned name, before it downloads it', async () => {
    const other = { ...runtime, wheel: { ...runtime.wheel, sha256: '0'.repeat(64) } };
    const { url, ranges } = await index([], [other]);
    const downloading = downloadWheels(join(root, 'wheels'), { index: url, view, wheels: [runtime.wheel] });
    await expect(downloading).rejects.toMatchObject({ code: 'SETUP_FILE', message: expect.stringContaining('another cudart 1.0') });
    expect(ranges).toEqual([]);
  });

  it('says that the index cannot be reached, or has no such wheel', async () => {
    const nowhere = downloadWheels(join(root, 'a'), { index: 'http://127.0.0.1:1/simple/', view, wheels: [runtime.wheel] });
    await expect(nowhere).rejects.toMatchObject({ code: 'SETUP_DOWNLOAD', message: expect.stringContaining('cannot be reached') });
    const { url } = await index([], [provider]);
    const lacking = downloadWheels(join(root, 'b'), { index: url, view, wheels: [runtime.wheel] });
    await expect(lacking).rejects.toMatchObject({
      code: 'SETUP_DOWNLOAD',
      message: expect.stringContaining('answers 404 for cudart'),
    });
  });
});
