/**
 * Where the training of a stage stands between two steps ↔ one file: all that the next step depends on.
 *
 * Batches and dropout are drawn from streams named by the step, so no generator has a state to keep.
 * The file: length of the head (uint32 little endian), the head (JSON), then all numbers (float32 little endian).
 * @module
 */
import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { VoxwatchError } from '../../core/errors.ts';
import type { AdamState } from '../optimizer/adam.ts';
import type { Course } from '../schedule/course.ts';
import { writeWhole } from '../write-whole.ts';
import type { AverageState } from './weight-average.ts';

export interface Checkpoint {
  /** Steps that are done. */
  readonly step: number;
  readonly course: Course;
  /** Of the network, in its own order. */
  readonly weights: readonly Float32Array[];
  readonly average: AverageState;
  readonly optimizer: AdamState;
}

interface Head {
  readonly format: 2;
  readonly identity: string;
  readonly step: number;
  readonly course: Course;
  readonly averageUpdates: number;
  readonly optimizerSteps: number;
  /** Arrays of weights, averages, first and second moments. */
  readonly counts: readonly [number, number, number, number];
  readonly lengths: readonly number[];
}

/**
 * Writes a checkpoint; the file is always a whole one.
 * @param identity - Of everything that must be the same for the run to go on.
 */
export async function writeCheckpoint(file: string, identity: string, checkpoint: Checkpoint): Promise<void> {
  const { step, course, weights, average, optimizer } = checkpoint;
  const groups = [weights, average.values, optimizer.first, optimizer.second];
  const arrays = groups.flat();
  const head: Head = {
    format: 2,
    identity,
    step,
    course,
    averageUpdates: average.updates,
    optimizerSteps: optimizer.steps,
    counts: groups.map((group) => group.length) as [number, number, number, number],
    lengths: arrays.map(({ length }) => length),
  };
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const numbers = arrays.map((array) => littleEndian(Buffer.from(array.buffer, array.byteOffset, array.byteLength)));
  await writeWhole(file, Buffer.concat([length, text, ...numbers]));
}

/**
 * Reads a checkpoint.
 * @returns nothing where there is none.
 * @throws {VoxwatchError} `USAGE` if it is of a run with other settings or data; `INPUT_CORRUPT` if it is damaged.
 */
export async function readCheckpoint(file: string, identity: string): Promise<Checkpoint | undefined> {
  const bytes = await readFile(file).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  if (bytes === undefined) return undefined;
  const { head, start } = parseHead(bytes);
  if (head.identity !== identity) {
    throw new VoxwatchError(
      'USAGE',
      'The run in this folder was begun with another recipe, seed, start or data: leave --resume out, or go on with what it began with.',
    );
  }
  if (bytes.length !== start + 4 * head.lengths.reduce((sum, length) => sum + length, 0)) throw damaged();
  let at = start;
  const arrays = head.lengths.map((length) => {
    const part = littleEndian(Buffer.from(bytes.subarray(at, at + 4 * length)));
    at += 4 * length;
    return Float32Array.from(new Float32Array(part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength)));
  });
  const take = (group: 0 | 1 | 2 | 3): Float32Array[] => {
    const first = head.counts.slice(0, group).reduce((sum, count) => sum + count, 0);
    return arrays.slice(first, first + head.counts[group]);
  };
  return {
    step: head.step,
    course: head.course,
    weights: take(0),
    average: { updates: head.averageUpdates, values: take(1) },
    optimizer: { steps: head.optimizerSteps, first: take(2), second: take(3) },
  };
}

function parseHead(bytes: Buffer): { head: Head; start: number } {
  try {
    const start = 4 + bytes.readUInt32LE(0);
    return { head: JSON.parse(bytes.toString('utf8', 4, start)) as Head, start };
  } catch (thrown) {
    throw damaged(thrown);
  }
}

/** In place, on the rare machine that needs it. */
function littleEndian(bytes: Buffer): Buffer {
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}

function damaged(cause?: unknown): VoxwatchError {
  return new VoxwatchError(
    'INPUT_CORRUPT',
    'The checkpoint of this run is damaged: start the stage anew without --resume.',
    {},
    cause,
  );
}
