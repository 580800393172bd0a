/**
 * Two NumPy files → a slice with its mask. Values stay as they are stored: they need not be HU.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { type NpyArray, readNpy } from '../../formats/npy/read-npy.ts';

export interface LabelledPicture {
  readonly sizePixels: readonly [width: number, height: number];
  readonly channels: number;
  /** Channel after channel, each row by row: [C, h, w]. */
  readonly values: Float32Array;
  /** [h, w]. */
  readonly labels: Uint8Array;
}

/** More than these are slices of a stack, not channels of a picture. */
const MAX_CHANNELS = 4;

/** What picture programs write for “inside” where a mask has no other label. */
const WHITE = 255;

/**
 * Reads a slice.
 * @param image - `.npy` of [h, w] or [h, w, C], C ≤ 4.
 * @param mask - `.npy` of [h, w] or [h, w, 1], whole numbers 0 … 255; a mask of 0 and 255 alone is one of 0 and 1.
 * @throws {VoxwatchError} as {@link readNpy}; `NPY_UNSUPPORTED` for other axes or values; `GEOMETRY_INVALID` where the two
 *   differ in size.
 */
export function readPicture(image: Uint8Array, mask: Uint8Array): LabelledPicture {
  const [picture, truth] = [axesOf(readNpy(image)), axesOf(readNpy(mask))];
  const [size, maskSize] = [picture.sizePixels, truth.sizePixels];
  if (size.join() !== maskSize.join()) {
    throw new VoxwatchError(
      'GEOMETRY_INVALID',
      `Image and mask of a case must have the same size; they have ${size.join(' × ')} and ${maskSize.join(' × ')}.`,
    );
  }
  if (truth.channels !== 1) throw unsupported(`a mask has one channel; this one has ${truth.channels}`);
  return { sizePixels: size, channels: picture.channels, values: planesOf(picture), labels: labelsOf(truth.values) };
}

interface Picture {
  readonly sizePixels: readonly [number, number];
  readonly channels: number;
  readonly values: NpyArray['values'];
}

function axesOf({ shape, values }: NpyArray): Picture {
  const [height, width, channels = 1] = shape;
  if (height === undefined || width === undefined || shape.length > 3 || channels > MAX_CHANNELS) {
    throw unsupported(
      `a slice is height × width, or height × width × channels (up to ${MAX_CHANNELS}); this one is ${shape.join(' × ')}`,
    );
  }
  return { sizePixels: [width, height], channels, values };
}

/** [h, w, C] → [C, h, w], float32. */
function planesOf({ sizePixels: [width, height], channels, values }: Picture): Float32Array {
  const pixels = width * height;
  const planes = new Float32Array(pixels * channels);
  for (let p = 0, from = 0; p < pixels; p++)
    for (let channel = 0; channel < channels; channel++, from++) {
      const value = values[from] as number;
      if (!Number.isFinite(value)) throw unsupported('a pixel of the image is not a finite number');
      planes[channel * pixels + p] = value;
    }
  return planes;
}

function labelsOf(values: NpyArray['values']): Uint8Array {
  const labels = new Uint8Array(values.length);
  let isBlackAndWhite = true;
  for (let p = 0; p < labels.length; p++) {
    const value = values[p] as number;
    labels[p] = value;
    if (labels[p] !== value) throw unsupported('a mask holds whole numbers from 0 to 255; this one holds others');
    if (value !== 0 && value !== WHITE) isBlackAndWhite = false;
  }
  return isBlackAndWhite ? labels.map((value) => Math.min(1, value)) : labels;
}

function unsupported(why: string): VoxwatchError {
  return new VoxwatchError('NPY_UNSUPPORTED', `This NumPy file cannot be trained on: ${why}.`);
}
