/**
 * A bundle and data folders → the arguments of `voxwatch train` that goes on from it.
 * @module
 */
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { TRAINED_FILE } from '../../train/run/trained-facts.ts';
import type { FoundBundle } from '../find-bundles.ts';
import { readTrainedRun } from '../trained-folder.ts';
import { fileExists } from './round-folder.ts';

/** Of the trained networks in a bundle that was exported with `--with-trained`. */
const TRAINED_FOLDER = 'trained';

export interface Retraining {
  readonly bundle: FoundBundle;
  /** The union of them is trained on: what the model was made with, and the training set of the rounds. */
  readonly data: readonly string[];
  readonly out: string;
  /** Handed on to `voxwatch train` as they are. */
  readonly more: readonly string[];
}

/** @throws {VoxwatchError} `INPUT_NOT_FOUND` for a bundle without its trained networks. */
export async function retrainArguments({ bundle, data, out, more }: Retraining): Promise<readonly string[]> {
  const start = join(bundle.dir, TRAINED_FOLDER);
  if (!(await fileExists(join(start, TRAINED_FILE)))) {
    throw new VoxwatchError(
      'INPUT_NOT_FOUND',
      'This bundle was exported without its trained networks: export it again with --with-trained, or give the run to voxwatch train --start-from.',
    );
  }
  const { recipe } = await readTrainedRun(start);
  return ['train', recipe, ...data.flatMap((folder) => ['--data', folder]), '--start-from', start, '--out', out, ...more];
}

/** As a person would type it. */
export function commandLine(argv: readonly string[]): string {
  const quoted = argv.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return ['voxwatch', ...quoted].join(' ');
}
