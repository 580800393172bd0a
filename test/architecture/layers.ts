/**
 * The architecture as tables: which folder may import which, and where each library may be imported.
 * A change here is a change of the architecture: say so in ARCHITECTURE.md too.
 * @module
 */

/** Folder → folders that it may import; its own is always allowed. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  formats: ['core'],
  preprocess: ['core'],
  train: ['core', 'formats', 'preprocess'],
  export: ['core', 'preprocess'],
  runtime: ['core', 'preprocess'],
  evaluate: ['core', 'preprocess', 'runtime'],
  daemon: ['core', 'formats', 'runtime'],
  cli: ['core', 'formats', 'preprocess', 'train', 'export', 'runtime', 'evaluate', 'daemon', 'web'],
  web: ['core', 'formats', 'preprocess', 'runtime'],
};

/** Files or folders (with a `/` at the end). */
type Places = readonly string[];

/** Package → where it may be imported. */
export const LIBRARIES: Readonly<Record<string, Places>> = {
  '@cornerstonejs/codec-charls': ['formats/dicom/codecs.ts'],
  '@cornerstonejs/codec-libjpeg-turbo-8bit': ['formats/dicom/codecs.ts'],
  '@cornerstonejs/codec-openjpeg': ['formats/dicom/codecs.ts'],
  '@cornerstonejs/codec-openjph': ['formats/dicom/codecs.ts'],
  '@electric-sql/pglite': ['daemon/queue/database-thread.ts'],
  '@tensorflow/tfjs-backend-cpu': ['train/backends/backend.ts'],
  '@tensorflow/tfjs-backend-wasm': ['train/backends/backend.ts'],
  '@tensorflow/tfjs-core': ['train/', 'export/'],
  '@tensorflow/tfjs-layers': ['train/', 'export/'],
  '@tensorflow/tfjs-backend-webgpu': ['train/backends/webgpu-backend.ts'],
  '@tensorflow/tfjs-node': ['train/backends/native-backend.ts'],
  '@tensorflow/tfjs-node-gpu': ['train/backends/native-backend.ts'],
  chokidar: ['daemon/intake/watch-folder.ts'],
  commander: ['cli/'],
  'dicom-parser': ['formats/dicom/parse-file.ts'],
  echarts: ['train/report/render-chart.ts'],
  'jpeg-lossless-decoder-js': ['formats/dicom/codecs.ts'],
  'nifti-reader-js': ['formats/nifti/read-nifti.ts'],
  nodemailer: ['daemon/notify/mail.ts'],
  'onnxruntime-node': ['runtime/sessions/session-node.ts', 'cli/onnx-reference.ts'],
  'onnxruntime-web': ['runtime/sessions/session-web.ts'],
  'pg-boss': ['daemon/queue/pg-boss-queue.ts'],
  pino: ['cli/pino-logger.ts'],
  sharp: ['daemon/results/jpeg.ts'],
  tinypool: ['daemon/intake/slice-threads.ts', 'cli/evaluate/score-threads.ts', 'cli/synthesize/anatomy-threads.ts'],
  webgpu: ['train/backends/webgpu-backend.ts'],
  zod: [
    'core/model-domain.ts',
    'core/millimetre-stage.ts',
    'core/model-manifest.ts',
    'core/model-origin.ts',
    'core/model-variants.ts',
    'core/parity-certificate.ts',
    'core/stage-intensity.ts',
    'core/tile-intensity.ts',
    'core/tile-stage.ts',
    'daemon/config.ts',
    'daemon/rules/rules-schema.ts',
    'evaluate/score-document.ts',
    'evaluate/gate.ts',
    'cli/inspection.ts',
    'export/imported/description.ts',
    'train/report/history-document.ts',
  ],
};

/** Brought to a machine by `voxwatch setup`, not by npm. */
export const NOT_IN_PACKAGE_JSON: readonly string[] = [
  '@tensorflow/tfjs-backend-webgpu',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
  'webgpu',
];

/** Folders that must also run in a browser → the files that are excused, and with which parts of Node. */
export const WITHOUT_NODE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  core: {},
  preprocess: {},
  formats: {
    'formats/gzip.ts': ['node:zlib'],
    'formats/gzip-writer.ts': ['node:zlib'],
    'formats/dicom/seeded-uid.ts': ['node:crypto'],
    'formats/dicom/encode-data-set.ts': ['node:buffer'],
    'formats/nifti/read-nifti.ts': ['node:buffer'],
  },
  runtime: {
    // In runtime/ both are imported by session-node.ts alone.
    'runtime/sessions/free-cores.ts': ['node:fs', 'node:os'],
    'runtime/sessions/preload-cuda.ts': ['node:os', 'node:url'],
  },
  web: {},
};

/** A file that is longer has more than one job. */
export const MAX_LINES = 300;
