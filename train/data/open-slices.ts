/**
 * Opens the file of a filled slice store in another thread, to read from it only.
 * @module
 */
import type { SliceSource } from './sample-batch.ts';
import { type SliceContent, type SliceFacts, SliceStore } from './slice-store.ts';

/** Plain data: it can be sent to a thread. */
export interface SliceFile {
  readonly path: string;
  readonly sizePixels: readonly [width: number, height: number];
  readonly content: SliceContent;
  readonly facts: readonly SliceFacts[];
}

export function openSlices({ path, sizePixels, content, facts }: SliceFile): SliceSource & { readonly close: () => void } {
  return new SliceStore(path, { grid: { kind: 'pixels', sizePixels }, content, facts });
}
