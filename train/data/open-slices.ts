/**
 * Opens the file of a filled slice store in another thread, to read from it only.
 * @module
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { SliceSource } from './sample-batch.ts';
import type { SliceFacts } from './slice-store.ts';

/** Plain data: it can be sent to a thread. */
export interface SliceFile {
  readonly path: string;
  readonly sizePixels: readonly [width: number, height: number];
  readonly facts: readonly SliceFacts[];
}

export function openSlices({ path, sizePixels, facts }: SliceFile): SliceSource & { readonly close: () => void } {
  const file = openSync(path, 'r');
  const pixels = sizePixels[0] * sizePixels[1];
  return {
    sizePixels,
    facts: [...facts],
    read: (index) => {
      const bytes = new Uint8Array(pixels * 3);
      readSync(file, bytes, 0, bytes.length, index * bytes.length);
      return { hu: new Int16Array(bytes.buffer, 0, pixels), labels: bytes.subarray(pixels * 2) };
    },
    close: () => closeSync(file),
  };
}
