/**
 * Whether the native TensorFlow addon is on this machine, for tests that need it.
 * @module
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe } from 'vitest';
import { projectRoot, TRAINING_FOLDER } from '../../../train/backends/backend.ts';

const isInstalled = existsSync(path.join(projectRoot(), TRAINING_FOLDER, 'package.json'));
if (!isInstalled) console.warn('skipped where it needs the native training backend: run npm run setup:training');

/** A `describe` that is skipped, and says so, where the addon is not installed. */
export const describeWithNativeBackend = isInstalled ? describe : describe.skip;
