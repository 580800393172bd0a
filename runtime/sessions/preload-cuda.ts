/**
 * Loads NVIDIA's libraries into this process, so that ONNX Runtime's CUDA provider finds them.
 *
 * `LD_LIBRARY_PATH` would have to be set before Node starts. But a library that is in the process already satisfies every
 * later request for its name: so each is loaded here first, from the folder of `voxwatch setup cuda`, else from where the
 * system keeps it.
 * @module
 */
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CUDA_FOLDER, DRIVER_LIBRARY, NVIDIA_LIBRARIES } from './cuda-libraries.ts';

/** Keep the library when `dlopen`'s caller lets it go (`RTLD_NODELETE` of glibc); Node lets go what is no addon. */
const RTLD_NODELETE = 0x1000;

/** What Node says of a library that it has loaded and that is no addon of Node. */
const LOADED_BUT_NO_ADDON = 'did not self-register';

let notLoaded: readonly string[] | undefined;

/** Loads what is there, once a process. @returns names of the libraries that could not be loaded. */
export function preloadCuda(): readonly string[] {
  if (process.platform !== 'linux') return [];
  // Tensor cores round fp32 to 10 bits of mantissa, enough to tip labels; the networks are small, exactness wins.
  process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  notLoaded ??= [DRIVER_LIBRARY, ...NVIDIA_LIBRARIES].filter((name) => !load(cudaFile(name)) && !load(name));
  return notLoaded;
}

/** A file of `voxwatch setup cuda`, from the source tree and from `dist/` alike. */
function cudaFile(name: string): string {
  const root = import.meta.url.endsWith('.ts') ? '../../' : '../../../';
  return fileURLToPath(new URL(`${root}${CUDA_FOLDER}/${name}`, import.meta.url));
}

function load(file: string): boolean {
  try {
    process.dlopen({ exports: {} }, file, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && thrown.message.includes(LOADED_BUT_NO_ADDON);
  }
}
