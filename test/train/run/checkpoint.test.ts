import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../../train/run/checkpoint.ts';
import { NOTHING_SEEN } from '../../../train/schedule/best-so-far.ts';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'voxwatch-checkpoint-'));
  file = path.join(folder, 'checkpoint.bin');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const CHECKPOINT: Checkpoint = {
  step: 120,
  course: {
    best: { seen: 2, best: { value: 0.75, validation: 1 }, withoutGain: 1 },
    plateau: { watched: NOTHING_SEEN, scale: 0.1 },
    stopping: NOTHING_SEEN,
  },
  weights: [Float32Array.of(1, -2.5, 1e-30), Float32Array.of(7)],
  average: { updates: 119, values: [Float32Array.of(0, 1, 2), Float32Array.of(3)] },
  // Only trainable weights have moments.
  optimizer: { steps: 118, first: [Float32Array.of(4, 5, 6)], second: [Float32Array.of(7, 8, 9)] },
};

describe('a checkpoint', () => {
  it('is read as it was written, and nothing else is left in the folder', async () => {
    await writeCheckpoint(file, 'run', { ...CHECKPOINT, step: 100 });
    await writeCheckpoint(file, 'run', CHECKPOINT);
    expect(await readCheckpoint(file, 'run')).toEqual(CHECKPOINT);
    expect(await readdir(folder)).toEqual(['checkpoint.bin']);
  });

  it('that is not there is none', async () => {
    expect(await readCheckpoint(file, 'run')).toBeUndefined();
  });

  it('of another run is refused', async () => {
    await writeCheckpoint(file, 'run', CHECKPOINT);
    await expect(readCheckpoint(file, 'another')).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('that was cut or overwritten is refused', async () => {
    await writeCheckpoint(file, 'run', CHECKPOINT);
    const whole = await readFile(file);
    for (const bytes of [whole.subarray(0, -4), whole.subarray(0, 20), new Uint8Array(0), Buffer.from('nothing of ours')]) {
      await writeFile(file, bytes);
      await expect(readCheckpoint(file, 'run')).rejects.toMatchObject({ code: 'INPUT_CORRUPT' });
    }
  });
});
