/**
 * Elements of one frame → how its pixels are stored and what they mean.
 * Sources: DICOM PS3.3 C.7.6.3 (image pixel), C.8.2.1 (CT image), C.7.5.1.1.2 (padding).
 * @module
 */
import type { DicomElements, Tag } from './elements.ts';

/** How pixels are stored and what they mean. */
export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  /** That the file holds. */
  readonly frames: number;
  readonly samplesPerPixel: number;
  readonly photometric: string;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** HU = stored · slope + intercept. Not a number where the file has something else there, or a lookup table. */
  readonly slope: number;
  readonly intercept: number;
  /** Stored values, both included, that mean "outside the field of view" (0028,0120) and (0028,0121). */
  readonly padding: readonly [lowest: number, highest: number] | undefined;
}

/** Bytes that a frame of plain pixels takes; frames of single bits may share one. */
export function nativeFrameBytes({ rows, columns, samplesPerPixel, bitsAllocated }: PixelFormat): number {
  return (rows * columns * samplesPerPixel * bitsAllocated) / 8;
}

/** @returns undefined if there is no picture. */
export function readPixelFormat(elements: DicomElements, frames: number): PixelFormat | undefined {
  const rows = elements.unsigned('x00280010');
  const columns = elements.unsigned('x00280011');
  const bitsAllocated = elements.unsigned('x00280100');
  if (!rows || !columns || !bitsAllocated) return undefined;
  const bitsStored = elements.unsigned('x00280101') ?? bitsAllocated;
  const signed = elements.unsigned('x00280103') === 1;
  return {
    rows,
    columns,
    bitsAllocated,
    bitsStored,
    signed,
    frames,
    samplesPerPixel: elements.unsigned('x00280002') ?? 1,
    photometric: elements.text('x00280004') ?? 'MONOCHROME2',
    highBit: elements.unsigned('x00280102') ?? bitsStored - 1,
    ...rescaleOf(elements),
    padding: paddingOf(elements, signed, bitsStored),
  };
}

/** An absent rescale leaves the values as they are; one that is there and is no number must not pass for that. */
function rescaleOf(elements: DicomElements): { slope: number; intercept: number } {
  const [slope, intercept] = (['x00281053', 'x00281052'] as const).map((tag) =>
    elements.text(tag) === undefined ? undefined : (elements.decimal(tag) ?? Number.NaN),
  );
  const hasLookupTable = elements.items('x00283000').length > 0;
  if (slope === undefined && intercept === undefined && hasLookupTable) return { slope: Number.NaN, intercept: Number.NaN };
  return { slope: slope ?? 1, intercept: intercept ?? 0 };
}

/**
 * The range limit may lie on either side of the value (C.7.5.1.1.2). Pixel Representation, not the VR, says whether they
 * are signed; of a signed one only Bits Stored may have been written, like of the pixels.
 */
function paddingOf(elements: DicomElements, signed: boolean, bitsStored: number): PixelFormat['padding'] {
  const read = (tag: Tag): number | undefined => {
    const value = signed ? elements.signed(tag) : elements.unsigned(tag);
    if (!signed || value === undefined || value < 2 ** (bitsStored - 1)) return value;
    return (value << (32 - bitsStored)) >> (32 - bitsStored);
  };
  const value = read('x00280120');
  if (value === undefined) return undefined;
  const limit = read('x00280121') ?? value;
  return [Math.min(value, limit), Math.max(value, limit)];
}
