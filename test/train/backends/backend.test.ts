/** Backends that are not there are refused by name; those that are share one TensorFlow.js. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startBackend, TRAINING_PARTS, type TrainingPart, trainingFolder } from '../../../train/backends/backend.ts';

const ENTRIES: Readonly<Record<TrainingPart, string>> = {
  tensorflow: '@tensorflow/tfjs-node',
  'tensorflow-gpu': '@tensorflow/tfjs-node-gpu',
  webgpu: '@tensorflow/tfjs-backend-webgpu',
};

describe.each(Object.keys(TRAINING_PARTS) as TrainingPart[])('the training part %s', (part) => {
  const manifest = path.join(trainingFolder(part), 'package.json');

  it.skipIf(existsSync(manifest))(
    'is refused where it is not installed, with what brings it; no other takes its place',
    async () => {
      await expect(startBackend(part)).rejects.toMatchObject({
        code: 'TRAINING_BACKEND_MISSING',
        message: expect.stringMatching(new RegExp(`^The training backend ${part} does not start \\(not installed\\).*setup`)),
      });
    },
  );

  it.skipIf(!existsSync(manifest)).each(['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'])(
    'finds the project’s own %s',
    (shared) => {
      const inside = createRequire(createRequire(manifest).resolve(`${ENTRIES[part]}/package.json`));
      const own = createRequire(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core'));
      expect(inside.resolve(shared)).toBe(own.resolve(shared));
    },
  );
});
