/**
 * Pixel data of a file → the bytes of one frame, as they lie there.
 * Source: DICOM PS3.5 section 8.
 * @module
 */
import type { PixelData } from './parse-file.ts';
import { nativeFrameBytes, type PixelFormat } from './pixel-format.ts';

/**
 * @param frameIndex - Counted from 0.
 * @returns views of the file's bytes, in order: one for plain pixels, one a fragment for compressed ones; fewer bytes than
 *   needed, or none, where the file does not hold them.
 */
export function frameParts(pixels: PixelData, format: PixelFormat, frameIndex: number): readonly Uint8Array[] {
  if (pixels.kind === 'float') return [];
  if (pixels.kind === 'encapsulated') return pixels.frames[frameIndex] ?? [];
  const length = nativeFrameBytes(format);
  return [pixels.bytes.subarray(Math.floor(frameIndex * length), Math.ceil((frameIndex + 1) * length))];
}
