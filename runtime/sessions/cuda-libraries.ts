/**
 * Where `voxwatch setup cuda` puts NVIDIA's libraries and ONNX Runtime's CUDA provider, and in which order they load.
 * @module
 */

/** Folder below the project's root, beside `node_modules`, so that `npm ci` does not delete 1.3 GB. */
export const CUDA_FOLDER = '.cuda';

/**
 * NVIDIA's libraries in an order in which each finds the earlier ones; named as the CUDA provider of ONNX Runtime 1.30
 * asks for them (CUDA 13). cuDNN comes in parts that it loads itself, and asks nvrtc to compile some kernels.
 */
export const NVIDIA_LIBRARIES = [
  'libcudart.so.13',
  'libnvrtc-builtins.so.13.0',
  'libnvrtc.so.13',
  'libcublasLt.so.13',
  'libcublas.so.13',
  'libcurand.so.10',
  'libcudnn_graph.so.9',
  'libcudnn_ops.so.9',
  'libcudnn_cnn.so.9',
  'libcudnn_adv.so.9',
  'libcudnn_heuristic.so.9',
  'libcudnn_engines_precompiled.so.9',
  'libcudnn_engines_runtime_compiled.so.9',
  'libcudnn.so.9',
] as const;

/** Comes with NVIDIA's driver, and must be of the kernel module's own version: nothing brings it but the driver. */
export const DRIVER_LIBRARY = 'libcuda.so.1';

/** ONNX Runtime looks for these two beside its own library, nowhere else. */
export const PROVIDER_LIBRARIES = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;
