/**
 * `voxwatch setup training|cuda`: brings native parts that npm cannot bring, from PyPI or from a folder carried in.
 * @module
 */
import { join, resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { CUDA_FOLDER } from '../../runtime/cuda-libraries.ts';
import { projectRoot, startBackend } from '../../train/backend.ts';
import { installNativeBackend } from '../../train/install-native.ts';
import { probeProvider } from '../doctor/probe-provider.ts';
import { findOnnxruntime } from '../setup/onnxruntime-package.ts';
import { downloadWheels, installCuda } from '../setup/setup-cuda.ts';
import { showSetup } from '../setup/setup-view.ts';
import { PYPI_INDEX } from '../setup/wheel-index.ts';

interface Options {
  readonly from?: string;
  readonly downloadTo?: string;
  readonly index?: string;
}

const HELP_AFTER = `
training  the native TensorFlow addon: needs python3 with pip, and g++
cuda      ONNX Runtime's CUDA provider and NVIDIA's libraries: 1.2 GB to download, 1.6 GB on disk, linux on x64.
          NVIDIA's driver (580 or newer) must be there; voxwatch doctor looks.

Without network: fill a folder on another machine, carry it over, and use it:
  voxwatch setup cuda --download-to wheels
  voxwatch setup cuda --from wheels`;

export function define(command: Command): void {
  command
    .addArgument(new Argument('<part>', 'what to set up').choices(['training', 'cuda']))
    .option('--from <dir>', 'folder with the wheels, for machines without network')
    .option('--download-to <dir>', 'cuda: fill such a folder, on any machine, and set nothing up')
    .option('--index <url>', 'cuda: package index to download from; default: PIP_INDEX_URL, else PyPI')
    .addHelpText('after', HELP_AFTER)
    .action((part: 'training' | 'cuda', options: Options) => (part === 'cuda' ? setUpCuda(options) : setUpTraining(options)));
}

async function setUpTraining({ from, downloadTo, index }: Options): Promise<void> {
  if (downloadTo !== undefined || index !== undefined) {
    throw new VoxwatchError('USAGE', '--download-to and --index belong to setup cuda, not to setup training.');
  }
  const onStep = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
  await installNativeBackend({ ...(from === undefined ? {} : { from }), onStep });
  const backend = await startBackend('tensorflow');
  process.stdout.write(`Training runs on the ${backend.name} backend now.\n`);
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
