/**
 * What a backend says when a batch does not fit into memory → one clear sentence.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';

/** As libtensorflow, V8 and WebAssembly say it. */
const SHORT_OF_MEMORY =
  /OOM when allocating|Array buffer allocation failed|Invalid typed array length|Cannot enlarge memory|Out of memory/i;

/** A {@link VoxwatchError} `TRAINING_FAILED` where the thrown error is of memory; anything else as it is. */
export function asMemoryError(thrown: unknown): unknown {
  if (thrown instanceof VoxwatchError || !(thrown instanceof Error) || !SHORT_OF_MEMORY.test(thrown.message)) return thrown;
  return new VoxwatchError(
    'TRAINING_FAILED',
    'There is too little memory for a batch: make it smaller (--set STAGE.phases.0.batchSize=…). The last checkpoint of the run is whole.',
    {},
    thrown,
  );
}
