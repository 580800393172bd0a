/**
 * `voxwatch setup cuda`, step by step: check the machine, get the wheels, unpack, put in place, link.
 * @module
 */
import { rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { makeFolder } from '../../daemon/results/make-folder.ts';
import { checkCarriedFolder, checkWheel } from './check-wheel.ts';
import { installLibraries, isInstalled, linkProviders } from './cuda-folder.ts';
import { CUDA_WHEELS, ONNXRUNTIME_VERSION, type Wheel, wheelBytes } from './cuda-wheels.ts';
import { downloadWheel } from './download-wheel.ts';
import type { OnnxruntimePackage } from './onnxruntime-package.ts';
import { failedWrite, notEnoughSpace } from './setup-errors.ts';
import { findWheel } from './wheel-index.ts';

/** Told what is being done. */
export interface SetupView {
  step(sentence: string): void;
  /** @param done @param total - Bytes of one download. */
  bytes(what: string, done: number, total: number): void;
}

export interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly onnxruntime: OnnxruntimePackage | undefined;
}

export interface InstallCudaOptions {
  readonly machine: Machine;
  /** Where the libraries go. */
  readonly cudaFolder: string;
  /** A folder that was carried in; without it the wheels are downloaded. */
  readonly from?: string;
  /** Index to download from. */
  readonly index: string;
  readonly view: SetupView;
  /** For tests. */
  readonly wheels?: readonly Wheel[];
}

/**
 * Brings the CUDA provider and NVIDIA's libraries to this machine. Does only what is not done yet.
 * @throws {VoxwatchError} `SETUP_IMPOSSIBLE` for a platform or a version of onnxruntime-node that has none;
 *   `SETUP_FILE`, `SETUP_DOWNLOAD`, `OUTPUT_NOT_WRITABLE`.
 */
export async function installCuda(options: InstallCudaOptions): Promise<void> {
  const { machine, cudaFolder, from, index, view, wheels = CUDA_WHEELS } = options;
  const { nativeFolder } = checkMachine(machine);
  try {
    if (await isInstalled(cudaFolder, wheels)) view.step('The libraries are in place.');
    else {
      const wheelFolder = from ?? `${cudaFolder}-wheels`;
      if (from === undefined) await downloadWheels(wheelFolder, { index, view, wheels, unpacked: wheelBytes(wheels).unpacked });
      else {
        view.step('Checking the files carried in …');
        await checkCarriedFolder(from, wheels);
        await checkSpace(dirname(cudaFolder), wheelBytes(wheels).unpacked);
      }
      view.step('Unpacking …');
      await installLibraries(cudaFolder, wheelFolder, wheels, (name) => view.step(`  ${name}`));
      if (from === undefined) await rm(wheelFolder, { recursive: true });
    }
    view.step('Linking the provider to onnxruntime-node …');
    await linkProviders(cudaFolder, nativeFolder);
  } catch (thrown) {
    throw failedWrite(thrown);
  }
}

function checkMachine({ platform, arch, onnxruntime }: Machine): OnnxruntimePackage {
  if (platform !== 'linux' || arch !== 'x64') {
    const offer = 'use --provider webgpu or cpu, or fill a folder for another machine with --download-to';
    throw new VoxwatchError(
      'SETUP_IMPOSSIBLE',
      `CUDA can be set up on linux on x64 only; this is ${platform} on ${arch}: ${offer}.`,
    );
  }
  if (onnxruntime?.version === ONNXRUNTIME_VERSION) return onnxruntime;
  const found = onnxruntime ? `version ${onnxruntime.version} is installed` : 'it is not installed';
  throw new VoxwatchError(
    'SETUP_IMPOSSIBLE',
    `The CUDA provider is that of onnxruntime-node ${ONNXRUNTIME_VERSION}, and ${found}: run npm ci first.`,
  );
}

export interface DownloadOptions {
  readonly index: string;
  readonly view: SetupView;
  readonly wheels?: readonly Wheel[];
  /** Bytes that will be needed on the same disk beside the wheels. */
  readonly unpacked?: number;
}

/**
 * Fills a folder with the wheels, on any platform; goes on with what an earlier run left there.
 * @throws {VoxwatchError} `SETUP_DOWNLOAD`, `SETUP_FILE`, `OUTPUT_NOT_WRITABLE`.
 */
export async function downloadWheels(folder: string, options: DownloadOptions): Promise<void> {
  const { index, view, wheels = CUDA_WHEELS, unpacked = 0 } = options;
  try {
    await makeFolder(folder);
  } catch (thrown) {
    throw failedWrite(thrown);
  }
  const missing: Wheel[] = [];
  for (const wheel of wheels) if ((await checkWheel(folder, wheel)) !== 'ok') missing.push(wheel);
  const { packed } = wheelBytes(missing);
  await checkSpace(folder, packed + unpacked);
  if (missing.length > 0) view.step(`Downloading ${missing.length} of ${wheels.length} wheels (${Math.round(packed / 1e6)} MB) …`);
  for (const wheel of missing) {
    const what = `${wheel.project} ${wheel.version}`;
    const onBytes = (bytes: number): void => view.bytes(what, bytes, wheel.sizeBytes);
    await downloadWheel(folder, wheel, () => findWheel(index, wheel), onBytes);
  }
}

async function checkSpace(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < needed) throw notEnoughSpace(needed, bavail * bsize);
}
