/**
 * The PyPI wheels that `voxwatch setup cuda` takes its libraries from: pinned, with their digests.
 *
 * ONNX Runtime's CUDA provider must be of the very version of the npm package (another version read garbage); it is built
 * for CUDA 13.0. NVIDIA's libraries keep their ABI within a major version, so the set is that of CUDA 13.0, which asks
 * for the oldest driver. cuFFT is not in it: no layer of ours needs it. Digests and sizes: PyPI's index, checked against
 * the files. To change a version, change all of its line, and `NVIDIA_LIBRARIES` in `runtime/sessions/cuda-libraries.ts` where a
 * library's own name changes; a test holds the two together.
 * @module
 */

/** A wheel, and what is taken out of it. */
export interface Wheel {
  /** Name of the project on PyPI. */
  readonly project: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Folder inside the wheel that the libraries lie in. */
  readonly folder: string;
  /** File names of the libraries and their sizes once unpacked. */
  readonly libraries: Readonly<Record<string, number>>;
}

/** Version of onnxruntime-node that the provider in {@link CUDA_WHEELS} belongs to. */
export const ONNXRUNTIME_VERSION = '1.30.0';

/** The oldest NVIDIA driver that runs CUDA 13.0 (release notes of the CUDA Toolkit 13.0). */
export const MIN_DRIVER_VERSION = 580;

export const CUDA_WHEELS: readonly Wheel[] = [
  {
    project: 'onnxruntime-gpu',
    version: ONNXRUNTIME_VERSION,
    file: 'onnxruntime_gpu-1.30.0-cp312-cp312-manylinux_2_28_x86_64.whl',
    sha256: '6acc0f4b3d5ac5f2984432faa59dd8fcce6775f8b43a7140afa0f322c7a703b1',
    sizeBytes: 246_685_715,
    folder: 'onnxruntime/capi',
    libraries: { 'libonnxruntime_providers_shared.so': 14_632, 'libonnxruntime_providers_cuda.so': 272_049_904 },
  },
  {
    project: 'nvidia-cuda-runtime',
    version: '13.0.96',
    file: 'nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
    sha256: '7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548',
    sizeBytes: 2_243_632,
    folder: 'nvidia/cu13/lib',
    libraries: { 'libcudart.so.13': 704_288 },
  },
  {
    project: 'nvidia-cuda-nvrtc',
    version: '13.0.88',
    file: 'nvidia_cuda_nvrtc-13.0.88-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
    sha256: 'ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575',
    sizeBytes: 90_215_200,
    folder: 'nvidia/cu13/lib',
    libraries: { 'libnvrtc-builtins.so.13.0': 4_380_616, 'libnvrtc.so.13': 109_338_064 },
  },
  {
    project: 'nvidia-cublas',
    version: '13.1.0.3',
    file: 'nvidia_cublas-13.1.0.3-py3-none-manylinux_2_27_x86_64.whl',
    sha256: 'ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171',
    sizeBytes: 423_133_236,
    folder: 'nvidia/cu13/lib',
    libraries: { 'libcublasLt.so.13': 541_595_600, 'libcublas.so.13': 54_177_976 },
  },
  {
    project: 'nvidia-curand',
    version: '10.4.0.35',
    file: 'nvidia_curand-10.4.0.35-py3-none-manylinux_2_27_x86_64.whl',
    sha256: '1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc',
    sizeBytes: 59_544_258,
    folder: 'nvidia/cu13/lib',
    libraries: { 'libcurand.so.10': 132_698_328 },
  },
  {
    project: 'nvidia-cudnn-cu13',
    version: '9.19.0.56',
    file: 'nvidia_cudnn_cu13-9.19.0.56-py3-none-manylinux_2_27_x86_64.whl',
    sha256: 'd20e1734305e9d68889a96e3f35094d733ff1f83932ebe462753973e53a572bf',
    sizeBytes: 366_066_321,
    folder: 'nvidia/cudnn/lib',
    libraries: {
      'libcudnn.so.9': 129_240,
      'libcudnn_adv.so.9': 109_169_104,
      'libcudnn_cnn.so.9': 4_203_904,
      'libcudnn_engines_precompiled.so.9': 245_391_920,
      'libcudnn_engines_runtime_compiled.so.9': 29_386_400,
      'libcudnn_graph.so.9': 4_451_728,
      'libcudnn_heuristic.so.9': 60_822_040,
      'libcudnn_ops.so.9': 39_855_888,
    },
  },
];

/** Bytes of all wheels, and of all libraries once unpacked. */
export function wheelBytes(wheels: readonly Wheel[]): { readonly packed: number; readonly unpacked: number } {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    packed: sum(wheels.map(({ sizeBytes }) => sizeBytes)),
    unpacked: sum(wheels.flatMap(({ libraries }) => Object.values(libraries))),
  };
}
