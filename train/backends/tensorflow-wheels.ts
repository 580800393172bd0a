/**
 * The PyPI wheels that libtensorflow and NVIDIA's libraries are taken from.
 * @module
 */
import type { TrainingPart } from './backend.ts';

export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** What of it is unpacked: prefixes of the names in it. */
  readonly members: readonly string[];
}

export interface NativeParts {
  readonly addon: 'tfjs-node' | 'tfjs-node-gpu';
  /** The first holds libtensorflow. */
  readonly wheels: readonly [Wheel, ...Wheel[]];
  readonly downloadMegabytes: number;
}

/** The newest release whose C API the addon of 4.22 was checked against; 2.15.1 and 2.21.0 work too. */
const TENSORFLOW = '2.18.1';

const MEMBERS = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2', 'tensorflow/include/'] as const;

/** Those that TensorFlow 2.18.1 names for itself (`tensorflow[and-cuda]`): CUDA 12.5. */
const NVIDIA: readonly (readonly [name: string, version: string])[] = [
  ['nvidia-cublas-cu12', '12.5.3.2'],
  ['nvidia-cuda-cupti-cu12', '12.5.82'],
  ['nvidia-cuda-nvcc-cu12', '12.5.82'],
  ['nvidia-cuda-nvrtc-cu12', '12.5.82'],
  ['nvidia-cuda-runtime-cu12', '12.5.82'],
  ['nvidia-cudnn-cu12', '9.3.0.75'],
  ['nvidia-cufft-cu12', '11.2.3.61'],
  ['nvidia-curand-cu12', '10.3.6.82'],
  ['nvidia-cusolver-cu12', '11.6.3.83'],
  ['nvidia-cusparse-cu12', '12.5.1.3'],
  ['nvidia-nccl-cu12', '2.21.5'],
  ['nvidia-nvjitlink-cu12', '12.5.82'],
];

export const NATIVE_PARTS: Readonly<Record<Exclude<TrainingPart, 'webgpu'>, NativeParts>> = {
  tensorflow: {
    addon: 'tfjs-node',
    wheels: [{ name: 'tensorflow-cpu', version: TENSORFLOW, members: MEMBERS }],
    downloadMegabytes: 230,
  },
  'tensorflow-gpu': {
    addon: 'tfjs-node-gpu',
    wheels: [
      { name: 'tensorflow', version: TENSORFLOW, members: MEMBERS },
      ...NVIDIA.map(([name, version]) => ({ name, version, members: ['nvidia/'] })),
    ],
    downloadMegabytes: 2900,
  },
};

/** What its file name begins with. */
export function wheelPrefix({ name }: Wheel): string {
  return `${name.replaceAll('-', '_')}-`;
}
