/**
 * CUDA rehearsed without a GPU: libraries under NVIDIA's names that hold nothing are set up as wheels bring them, in a copy of
 * voxwatch, and its processes say what they find. What a GPU computes, no stub shows.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ONNXRUNTIME_VERSION } from '../../../cli/setup/cuda-wheels.ts';
import { installCuda } from '../../../cli/setup/setup-cuda.ts';
import { CUDA_FOLDER, DRIVER_LIBRARY, NVIDIA_LIBRARIES, PROVIDER_LIBRARIES } from '../../../runtime/sessions/cuda-libraries.ts';
import { makeWheel, writeWheels } from '../../cli/setup/make-wheels.ts';
import { writeTinyBundle } from '../make-tiny-bundle.ts';
import { stubLibrary } from './stub-library.ts';

const REPOSITORY = resolve(import.meta.dirname, '..', '..', '..');
const NATIVE = join('node_modules', 'onnxruntime-node', 'bin', 'napi-v6', 'linux', 'x64');
/** Where a driver is, the machine itself has what is played here. */
const isHere = process.platform === 'linux' && process.arch === 'x64' && !existsSync('/proc/driver/nvidia');

/** What a process of the copy asks: the provider, and doctor as on a machine with a GPU. */
const PROBE = `
import { readFile } from 'node:fs/promises';
import { checkCudaLibraries, readCudaLibraries } from './dist/cli/doctor/checks/cuda-libraries.js';
import { findOnnxruntime } from './dist/cli/setup/onnxruntime-package.js';
import { nodeSessions } from './dist/runtime/sessions/session-node.js';
const model = { name: 'organ', onnx: await readFile('tiny/stage-1.onnx'), warmUpPixels: [16, 16] };
const refusal = await nodeSessions({ providers: ['cuda'] })([model]).then(() => 'none', ({ message }) => message);
const facts = await readCudaLibraries(await findOnnxruntime('linux', 'x64'), { hasGpu: true });
console.log(JSON.stringify({ refusal, point: checkCudaLibraries(facts) }));
`;

let root: string;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: string[]): Promise<Ended> {
  return new Promise((end) => {
    execFile(process.execPath, args, { cwd: root }, (error, stdout, stderr) => {
      end({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

interface Found {
  readonly refusal: string;
  readonly point: { readonly status: string; readonly found: string; readonly mend?: string };
}

async function probe(): Promise<Found> {
  const { stdout, stderr } = await run('probe.mjs');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Found;
}

/** The copy has an ONNX Runtime of its own, so that links beside it change nothing here. */
async function copyVoxwatch(): Promise<void> {
  await cp(join(REPOSITORY, 'dist'), join(root, 'dist'), { recursive: true });
  await cp(join(REPOSITORY, 'package.json'), join(root, 'package.json'));
  const own = join('node_modules', 'onnxruntime-node');
  await mkdir(join(root, own), { recursive: true });
  for (const name of await readdir(join(REPOSITORY, 'node_modules')))
    if (name !== 'onnxruntime-node' && !name.startsWith('.'))
      await symlink(join(REPOSITORY, 'node_modules', name), join(root, 'node_modules', name));
  for (const part of ['package.json', 'dist']) await cp(join(REPOSITORY, own, part), join(root, own, part), { recursive: true });
  await cp(join(REPOSITORY, NATIVE), join(root, NATIVE), {
    recursive: true,
    filter: (path) => !PROVIDER_LIBRARIES.some((name) => path.endsWith(name)),
  });
}

async function setUp(): Promise<void> {
  const stubs = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, stubLibrary(name)]));
  const made = [makeWheel('ort', stubs(PROVIDER_LIBRARIES)), makeWheel('nvidia', stubs(NVIDIA_LIBRARIES))];
  const from = join(root, 'wheels');
  await mkdir(from);
  await writeWheels(from, made);
  const onnxruntime = { version: ONNXRUNTIME_VERSION, nativeFolder: join(root, NATIVE) };
  await installCuda({
    machine: { platform: 'linux', arch: 'x64', onnxruntime },
    cudaFolder: join(root, CUDA_FOLDER),
    from,
    index: 'http://127.0.0.1:1/simple/',
    view: { step: () => {}, bytes: () => {} },
    wheels: made.map(({ wheel }) => wheel),
  });
}

describe.runIf(isHere)('CUDA on a machine', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'voxwatch-cuda-'));
    await copyVoxwatch();
    await writeTinyBundle(join(root, 'tiny'));
    await writeFile(join(root, 'probe.mjs'), PROBE);
  }, 120_000);
  afterAll(() => rm(root, { recursive: true }));

  it('where nothing is set up: the driver and every library are missing, and the first is named', async () => {
    const { refusal, point } = await probe();
    expect(refusal).toContain(`There is no NVIDIA driver (${DRIVER_LIBRARY}).`);
    expect(refusal).toContain(
      `${NVIDIA_LIBRARIES.length} libraries are not there, ${NVIDIA_LIBRARIES[0]} first: voxwatch setup cuda`,
    );
    expect(point.found).toMatch(/^0 of 16 found; missing: /);
    for (const name of [...NVIDIA_LIBRARIES, ...PROVIDER_LIBRARIES]) expect(point.found).toContain(name);
  });

  it('where all is set up but the driver: it alone is missing', async () => {
    await setUp();
    const { refusal, point } = await probe();
    expect(refusal).toContain(`There is no NVIDIA driver (${DRIVER_LIBRARY}).`);
    expect(refusal).not.toContain('setup cuda');
    expect(point).toMatchObject({ status: 'warning', found: `16 of 16 found; the driver's ${DRIVER_LIBRARY} is missing` });
  });

  it('with a driver and a provider that ONNX Runtime cannot use: its own libraries are named', async () => {
    await writeFile(join(root, CUDA_FOLDER, DRIVER_LIBRARY), stubLibrary(DRIVER_LIBRARY));
    const { refusal, point } = await probe();
    expect(point).toMatchObject({ status: 'ok', found: '16 of 16 found' });
    expect(refusal).toContain(`${PROVIDER_LIBRARIES.join(' and ')}, are missing or of another version`);
    expect(refusal).not.toContain('NVIDIA driver');
  });

  it('the study on a GPU says so too, ends with exit code 4 and writes no page', async () => {
    const sizes = ['--bundle', 'tiny', '--slices', '2', '--matrix', '64'];
    const { code, stderr } = await run('dist/bench/gpu-study.js', '--provider', 'cuda', ...sizes, '--out', 'pages');
    expect(code).toBe(4);
    expect(stderr).toContain('are missing or of another version');
    expect(stderr).toContain('See npx voxwatch doctor');
    expect(await readdir(root)).not.toContain('pages');
  });

  it('with a library that is not whole: it is named', async () => {
    await truncate(join(root, CUDA_FOLDER, 'libcudnn.so.9'), 100);
    const { refusal, point } = await probe();
    expect(refusal).toContain('libcudnn.so.9 is not there, or damaged: voxwatch setup cuda brings it.');
    expect(point).toMatchObject({ status: 'warning', found: '15 of 16 found; missing: libcudnn.so.9' });
    await writeFile(join(root, CUDA_FOLDER, 'libcudnn.so.9'), stubLibrary('libcudnn.so.9'));
  });

  it('after npm ci, which takes the links away: what makes them again is said', async () => {
    for (const name of PROVIDER_LIBRARIES) await rm(join(root, NATIVE, name));
    const { refusal, point } = await probe();
    expect(refusal).toContain('are missing or of another version');
    expect(point.found).toBe(`14 of 16 found; missing beside ONNX Runtime: ${PROVIDER_LIBRARIES.join(', ')}`);
    expect(point.mend).toContain('npm ci takes its links away');
  });
});
