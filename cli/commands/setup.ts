/**
 * `voxwatch setup training|cuda`: brings native parts that npm cannot bring, from PyPI or from a folder carried in.
 * @module
 */
import { join, resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { CUDA_FOLDER } from '../../runtime/sessions/cuda-libraries.ts';
import { projectRoot, startBackend, type TrainingPart } from '../../train/backends/backend.ts';
import { installNativeBackend, type NativeSource } from '../../train/backends/install-native.ts';
import { installWebgpuBackend } from '../../train/backends/install-webgpu.ts';
import { probeProvider } from '../doctor/probe-provider.ts';
import { findOnnxruntime } from '../setup/onnxruntime-package.ts';
import { downloadWheels, installCuda } from '../setup/setup-cuda.ts';
import { showSetup } from '../setup/setup-view.ts';
import { PYPI_INDEX } from '../setup/wheel-index.ts';

interface Options {
  readonly from?: string;
  readonly gpu?: boolean;
  readonly webgpu?: boolean;
  readonly vendor?: boolean;
  readonly downloadTo?: string;
  readonly index?: string;
}

const HELP_AFTER = `
training  the native TensorFlow addon: needs python3 with pip, and g++
          --gpu     its twin for NVIDIA GPUs beside it, with CUDA 12: 2.9 GB to download, linux on x64
          --webgpu  TensorFlow.js' WebGPU backend beside it, from npm alone: 200 MB
          --vendor  by the packages' own install scripts, which download libtensorflow from outside npm and PyPI
          train takes the first by itself, the others by --backend tensorflow-gpu and --backend webgpu
cuda      ONNX Runtime's CUDA provider and NVIDIA's libraries: 1.2 GB to download, 1.6 GB on disk, linux on x64.
          NVIDIA's driver (580 or newer) must be there; voxwatch doctor looks.

Without network: fill a folder on another machine, carry it over, and use it:
  voxwatch setup cuda --download-to wheels
  voxwatch setup cuda --from wheels`;

export function define(command: Command): void {
  command
    .addArgument(new Argument('<part>', 'what to set up').choices(['training', 'cuda']))
    .option('--from <dir>', 'folder with the wheels, for machines without network')
    .option('--gpu', 'training: for an NVIDIA GPU')
    .option('--webgpu', 'training: for a GPU by way of Vulkan, Metal or Direct3D 12')
    .option('--vendor', 'training: by the vendor’s own download')
    .option('--download-to <dir>', 'cuda: fill such a folder, on any machine, and set nothing up')
    .option('--index <url>', 'cuda: package index to download from; default: PIP_INDEX_URL, else PyPI')
    .addHelpText('after', HELP_AFTER)
    .action((part: 'training' | 'cuda', options: Options) => (part === 'cuda' ? setUpCuda(options) : setUpTraining(options)));
}

async function setUpTraining({ from, downloadTo, index, gpu, webgpu, vendor }: Options): Promise<void> {
  if (downloadTo !== undefined || index !== undefined) {
    throw new VoxwatchError('USAGE', '--download-to and --index belong to setup cuda, not to setup training.');
  }
  if (gpu && webgpu) throw new VoxwatchError('USAGE', '--gpu and --webgpu are two parts: set up one after the other.');
  if (webgpu && (from !== undefined || vendor)) {
    throw new VoxwatchError('USAGE', '--from and --vendor belong to the native addon; --webgpu comes from npm.');
  }
  if (from !== undefined && vendor) throw new VoxwatchError('USAGE', '--from and --vendor are two sources: give one of them.');
  const onStep = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
  const part: TrainingPart = webgpu ? 'webgpu' : gpu ? 'tensorflow-gpu' : 'tensorflow';
  if (part === 'webgpu') await installWebgpuBackend(onStep);
  else await installNativeBackend({ part, source: nativeSource(from, vendor), onStep });
  process.stdout.write(`${await trainingVerdict(part)}\n`);
}

function nativeSource(from: string | undefined, vendor: boolean | undefined): NativeSource {
  if (vendor) return { kind: 'vendor' };
  return from === undefined ? { kind: 'pypi' } : { kind: 'folder', folder: resolve(from) };
}

/** @throws {VoxwatchError} `TRAINING_BACKEND_MISSING` where the CPU's addon does not start. */
async function trainingVerdict(part: TrainingPart): Promise<string> {
  try {
    const { name, device } = await startBackend(part);
    if (part === 'tensorflow') return `Training runs on the ${name} backend now.`;
    return `Training can run on the ${name} backend now${device ? `, here on ${device}` : ''}: train … --backend ${name}`;
  } catch (thrown) {
    // Not an error: images are built on machines without a GPU.
    if (part === 'tensorflow' || !(thrown instanceof VoxwatchError)) throw thrown;
    return `It is set up, but does not run here yet: ${thrown.details.refusal ?? thrown.message}`;
  }
}

async function setUpCuda({ from, downloadTo, index: wanted }: Options): Promise<void> {
  if (from !== undefined && downloadTo !== undefined) {
    throw new VoxwatchError('USAGE', '--from reads a folder and --download-to fills one: give one of them.');
  }
  const view = showSetup(process.stderr);
  const index = wanted ?? process.env.PIP_INDEX_URL ?? PYPI_INDEX;
  if (downloadTo !== undefined) {
    await downloadWheels(resolve(downloadTo), { index, view });
    process.stdout.write('The folder is complete: carry it over, and run there: voxwatch setup cuda --from <folder>\n');
    return;
  }
  const { platform, arch } = process;
  const machine = { platform, arch, onnxruntime: await findOnnxruntime(platform, arch) };
  const cudaFolder = join(projectRoot(), CUDA_FOLDER);
  await installCuda({ machine, cudaFolder, index, view, ...(from === undefined ? {} : { from: resolve(from) }) });
  const { refusal } = await probeProvider('cuda');
  // Not an error: images are built on machines without a GPU.
  process.stdout.write(refusal ? `CUDA is set up, but does not run here yet: ${refusal}\n` : 'Networks run on CUDA now.\n');
}
