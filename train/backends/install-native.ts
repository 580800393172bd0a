/**
 * Brings TensorFlow.js's native addon to this machine, for the CPU or an NVIDIA GPU, into a folder of its own beside
 * `node_modules`.
 *
 * npm cannot: the package's install script downloads libtensorflow from outside the registry, and an optional dependency
 * whose script fails is removed without a word. So the addon is compiled here from its own sources against libtensorflow
 * out of a PyPI wheel (needs python3 with pip, and g++; the compilation takes ten seconds). Where the vendor's download works,
 * it can be asked for instead.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TRAINING_PARTS, type TrainingPart, trainingFolder } from './backend.ts';
import { setupFailure, setupStep } from './setup-step.ts';
import { NATIVE_PARTS, type NativeParts, type Wheel, wheelPrefix } from './tensorflow-wheels.ts';
import { installPackages } from './training-package.ts';

const TFJS_NODE = '4.22.0';
const NODE_API_HEADERS = '1.9.0';
/** Of the wheels. */
const PYTHON = '3.11';

export type NativeSource =
  | { readonly kind: 'pypi' }
  /** A folder with the wheels, for machines without network; the npm packages must then be in npm's cache. */
  | { readonly kind: 'folder'; readonly folder: string }
  /** The package's own install script, which downloads from its vendor. */
  | { readonly kind: 'vendor' };

export interface InstallOptions {
  readonly part: Exclude<TrainingPart, 'webgpu'>;
  readonly source: NativeSource;
  readonly onStep: (sentence: string) => void;
}

/** @throws {VoxwatchError} `TRAINING_BACKEND_MISSING` saying which tool or download is missing. */
export async function installNativeBackend({ part, source, onStep }: InstallOptions): Promise<void> {
  const native = NATIVE_PARTS[part];
  const isVendors = source.kind === 'vendor';
  if (!isVendors && (process.platform !== 'linux' || process.arch !== 'x64')) {
    throw setupFailure('the native addon is brought to linux on x64 only; training runs on WASM here');
  }
  if (source.kind === 'folder') for (const wheel of native.wheels) await findWheel(source.folder, wheel);
  const folder = trainingFolder(part);
  onStep(`Installing @tensorflow/${native.addon} ${TFJS_NODE}${isVendors ? ', with its vendor’s download' : ''} …`);
  const packages = [`@tensorflow/${native.addon}@${TFJS_NODE}`, `node-api-headers@${NODE_API_HEADERS}`];
  // The CPU's part lies in the folder that holds the other parts, too.
  const kept = part === 'tensorflow' ? Object.values(TRAINING_PARTS) : [];
  const scope = await installPackages(folder, { packages, scripts: isVendors, kept });
  const addon = join(scope, native.addon);
  if (isVendors) return;
  await unpackLibraries(native, addon, folder, source.kind === 'folder' ? source.folder : undefined, onStep);
  await compile(addon, onStep);
}

async function unpackLibraries(
  { wheels, downloadMegabytes }: NativeParts,
  addon: string,
  folder: string,
  from: string | undefined,
  onStep: (sentence: string) => void,
): Promise<void> {
  const downloads = join(folder, 'wheels');
  await mkdir(downloads, { recursive: true });
  if (from === undefined) onStep(`Downloading ${wheels.map(({ name }) => name).join(', ')} from PyPI (${downloadMegabytes} MB) …`);
  const deps = join(addon, 'deps');
  await rm(deps, { recursive: true, force: true });
  await mkdir(deps, { recursive: true });
  for (const wheel of wheels) {
    if (from === undefined) await download(wheel, downloads);
    const file = await findWheel(from ?? downloads, wheel);
    onStep(`Unpacking ${wheel.name} …`);
    // Python's zipfile: a machine with pip has it, and unzip is not everywhere.
    const script = `import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nz.extractall(sys.argv[2],[n for n in z.namelist() if n.startswith(tuple(sys.argv[3:]))])`;
    await setupStep('python3', ['-c', script, file, deps, ...wheel.members], folder);
    // One at a time: the GPU's are three gigabytes.
    if (from === undefined) await rm(file);
  }
  const lib = join(deps, 'lib');
  await mkdir(lib);
  // libtensorflow looks for NVIDIA's libraries in ../nvidia, where they are now.
  for (const library of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
    await rename(join(deps, 'tensorflow', library), join(lib, library));
  await symlink('libtensorflow_cc.so.2', join(lib, 'libtensorflow.so.2'));
  await rename(join(deps, 'tensorflow', 'include'), join(deps, 'include'));
  await rm(join(deps, 'tensorflow'), { recursive: true });
  await rm(downloads, { recursive: true });
}

async function download({ name, version }: Wheel, folder: string): Promise<void> {
  const platforms = ['manylinux_2_17_x86_64', 'manylinux2014_x86_64'].flatMap((platform) => ['--platform', platform]);
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--python-version', PYTHON, ...platforms];
  await setupStep('python3', [...pip, '-d', folder, `${name}==${version}`], folder);
}

async function findWheel(folder: string, wheel: Wheel): Promise<string> {
  const files = existsSync(folder) ? await readdir(folder) : [];
  const found = files.find((file) => file.startsWith(`${wheelPrefix(wheel)}${wheel.version}-`) && file.endsWith('.whl'));
  if (!found) throw setupFailure(`there is no wheel of ${wheel.name} ${wheel.version} in the folder given`);
  return join(folder, found);
}

async function compile(addon: string, onStep: (sentence: string) => void): Promise<void> {
  onStep('Compiling the addon …');
  await mkdir(join(addon, 'lib', 'napi-v8'), { recursive: true });
  const sources = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'];
  const includes = ['-Ideps/include', '-I../../node-api-headers/include'];
  const link = ['-Ldeps/lib', '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN/../../deps/lib'];
  const flags = ['-shared', '-fPIC', '-O2', '-std=c++17', '-DNAPI_VERSION=8'];
  await setupStep('g++', [...flags, ...includes, ...sources, '-o', 'lib/napi-v8/tfjs_binding.node', ...link], addon);
}
