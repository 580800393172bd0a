/**
 * Brings TensorFlow.js's native addon to this machine, into a folder of its own beside `node_modules`.
 *
 * npm cannot: the package's install script downloads libtensorflow from outside the registry, and an optional dependency
 * whose script fails is removed without a word. So the addon is compiled here from its own sources against libtensorflow
 * out of a PyPI wheel (needs python3 with pip, and g++; the compilation takes ten seconds).
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { VoxwatchError } from '../core/errors.ts';
import { projectRoot, TRAINING_FOLDER } from './backend.ts';

const run = promisify(execFile);

const TFJS_NODE = '4.22.0';
const NODE_API_HEADERS = '1.9.0';
/** The newest release whose C API the addon of 4.22 was checked against; 2.15.1 and 2.21.0 work too. */
const TENSORFLOW_WHEEL = { name: 'tensorflow-cpu', version: '2.18.1', python: '3.11' } as const;
/** Packages that must be the project's own copies, or there would be two TensorFlow.js in one process. */
const SHARED_PACKAGES = ['tfjs-core', 'tfjs-layers', 'tfjs-backend-cpu'] as const;

export interface InstallOptions {
  /** Folder with the wheel, for machines without network; the npm packages must then be in npm's cache. */
  readonly from?: string;
  readonly onStep: (sentence: string) => void;
}

/** @throws {VoxwatchError} `TRAINING_BACKEND_MISSING` saying which tool or download is missing. */
export async function installNativeBackend({ from, onStep }: InstallOptions): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw missing('the native addon is brought to linux on x64 only; training runs on WASM here');
  }
  const folder = join(projectRoot(), TRAINING_FOLDER);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), `${JSON.stringify({ name: 'voxwatch-training', private: true }, null, 2)}\n`);
  onStep(`Installing @tensorflow/tfjs-node ${TFJS_NODE} …`);
  const packages = [`@tensorflow/tfjs-node@${TFJS_NODE}`, `node-api-headers@${NODE_API_HEADERS}`];
  await step('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', ...packages], folder);
  const scope = join(folder, 'node_modules', '@tensorflow');
  for (const name of SHARED_PACKAGES) await rm(join(scope, name), { recursive: true, force: true });
  const addon = join(scope, 'tfjs-node');
  await libtensorflowFromWheel(addon, folder, from, onStep);
  await compile(addon, onStep);
}

async function libtensorflowFromWheel(
  addon: string,
  folder: string,
  from: string | undefined,
  onStep: (sentence: string) => void,
): Promise<void> {
  const { name, version, python } = TENSORFLOW_WHEEL;
  const wheels = join(folder, 'wheels');
  await mkdir(wheels, { recursive: true });
  if (from === undefined) {
    onStep(`Downloading ${name} ${version} from PyPI (230 MB) …`);
    const platforms = ['manylinux_2_17_x86_64', 'manylinux2014_x86_64'].flatMap((platform) => ['--platform', platform]);
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--python-version', python, ...platforms];
    await step('python3', [...pip, '-d', wheels, `${name}==${version}`], folder);
  }
  const source = from ?? wheels;
  const wheel = (await readdir(source)).find((file) => file.startsWith('tensorflow_cpu-') && file.endsWith('.whl'));
  if (!wheel) throw missing(`there is no ${name} wheel in the folder given`);
  onStep('Unpacking libtensorflow …');
  const unpacked = join(folder, 'unpacked');
  const members = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2', 'tensorflow/include/'];
  // Python's zipfile: a machine with pip has it, and unzip is not everywhere.
  const script = `import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nz.extractall(sys.argv[2],[n for n in z.namelist() if n.startswith(tuple(sys.argv[3:]))])`;
  await step('python3', ['-c', script, join(source, wheel), unpacked, ...members], folder);
  const [lib, include] = [join(addon, 'deps', 'lib'), join(addon, 'deps', 'include')];
  await rm(join(addon, 'deps'), { recursive: true, force: true });
  await mkdir(lib, { recursive: true });
  for (const library of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
    await rename(join(unpacked, 'tensorflow', library), join(lib, library));
  await symlink('libtensorflow_cc.so.2', join(lib, 'libtensorflow.so.2'));
  await rename(join(unpacked, 'tensorflow', 'include'), include);
  await rm(unpacked, { recursive: true });
  await rm(wheels, { recursive: true });
}

async function compile(addon: string, onStep: (sentence: string) => void): Promise<void> {
  onStep('Compiling the addon …');
  await mkdir(join(addon, 'lib', 'napi-v8'), { recursive: true });
  const sources = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'];
  const includes = ['-Ideps/include', '-I../../node-api-headers/include'];
  const link = ['-Ldeps/lib', '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN/../../deps/lib'];
  const flags = ['-shared', '-fPIC', '-O2', '-std=c++17', '-DNAPI_VERSION=8'];
  await step('g++', [...flags, ...includes, ...sources, '-o', 'lib/napi-v8/tfjs_binding.node', ...link], addon);
}

async function step(command: string, args: readonly string[], cwd: string): Promise<void> {
  try {
    await run(command, [...args], { cwd, maxBuffer: 1 << 26 });
  } catch (cause) {
    const notThere = (cause as { code?: unknown }).code === 'ENOENT';
    throw missing(notThere ? `${command} is not on this machine` : `${command} failed`, cause);
  }
}

function missing(why: string, cause?: unknown): VoxwatchError {
  return new VoxwatchError('TRAINING_BACKEND_MISSING', `The native training backend could not be set up: ${why}.`, {}, cause);
}
