/**
 * Large studies for benches: one phantom over and over, so that organs and lesions are there from the first slice to the last,
 * as a NIfTI without compression.
 * @module
 */
import { open } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { readNiftiHeader } from '../formats/nifti/read-nifti.ts';
import { writeNiftiVolume } from '../formats/nifti/write-nifti.ts';
import { type PhantomOrgan, synthesizePhantom } from '../train/synthesis/phantom.ts';

const PHANTOM_SLICES = 20;
/** Where a NIfTI-1 header holds the number of slices, int16. */
const SLICES_OFFSET = 46;

export interface RepeatedPhantom {
  readonly organ: PhantomOrgan;
  /** Rows and columns. */
  readonly matrix: number;
  readonly slices: number;
}

/** Writes a study. The phantom goes there and back again, so that neighbours fit together. */
export async function writeRepeatedPhantom(file: string, { organ, matrix, slices }: RepeatedPhantom): Promise<void> {
  const phantom = synthesizePhantom({ seed: 1, organ, matrix, slices: PHANTOM_SLICES, sliceStepMm: 9, sliceThicknessMm: 3 });
  const bytes = gunzipSync(writeNiftiVolume(phantom.volume));
  const header = bytes.subarray(0, readNiftiHeader(bytes).dataOffset);
  header.writeInt16LE(slices, SLICES_OFFSET);
  const sliceBytes = matrix * matrix * Int16Array.BYTES_PER_ELEMENT;
  const handle = await open(file, 'w');
  await handle.write(header);
  for (let k = 0; k < slices; k++) {
    const turn = k % (2 * PHANTOM_SLICES);
    const start = header.length + Math.min(turn, 2 * PHANTOM_SLICES - 1 - turn) * sliceBytes;
    await handle.write(bytes.subarray(start, start + sliceBytes));
  }
  await handle.close();
}
