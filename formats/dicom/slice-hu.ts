/**
 * Stored values of a slice → HU, in two named steps: rescale, then padding; for nearly every CT both in one go.
 * Sources: DICOM PS3.3 C.11.1.1.2 (rescale), C.7.5.1.1.2 (pixel padding).
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { AIR_HU, roundToHu } from '../hounsfield.ts';
import type { StoredPixels } from './decode-pixels.ts';
import type { PixelFormat } from './instance.ts';

/**
 * Both steps, with what they give one after the other.
 * @param stored - One slice, row by row.
 * @param hu - Where the result goes; same length.
 * @throws {VoxwatchError} as {@link rescaleToHu}.
 */
export function storedToHu(stored: StoredPixels, format: PixelFormat, hu: Int16Array): void {
  const { slope, intercept, padding } = format;
  if (slope !== 1 || !Number.isInteger(intercept) || !padding) {
    rescaleToHu(stored, format, hu);
    padWithAir(stored, format, hu);
    return;
  }
  const [lowest, highest] = padding;
  for (let n = 0; n < stored.length; n++) {
    const value = stored[n] as number;
    const rescaled = value + intercept;
    const clamped = rescaled > 32767 ? 32767 : Math.max(rescaled, -32768);
    hu[n] = value >= lowest && value <= highest ? AIR_HU : clamped;
  }
}

/**
 * `stored · slope + intercept`, rounded and clamped to int16.
 * @param stored - One slice, row by row.
 * @param hu - Where the result goes; same length.
 * @throws {VoxwatchError} `DICOM_PIXELS` for a slope of 0 (every pixel would be the same), or a rescale that is no number.
 */
export function rescaleToHu(stored: StoredPixels, { slope, intercept }: PixelFormat, hu: Int16Array): void {
  if (!Number.isFinite(slope * intercept) || slope === 0) {
    throw new VoxwatchError(
      'DICOM_PIXELS',
      'The rescale slope is 0, or slope or intercept is no number: the pixels cannot be turned into HU.',
    );
  }
  if (slope === 1 && Number.isInteger(intercept)) {
    for (let n = 0; n < stored.length; n++) {
      const value = (stored[n] as number) + intercept;
      hu[n] = value > 32767 ? 32767 : Math.max(value, -32768);
    }
    return;
  }
  for (let n = 0; n < stored.length; n++) hu[n] = roundToHu((stored[n] as number) * slope + intercept);
}

/** Sets what lies outside the field of view, by the file's own words, to air. */
export function padWithAir(stored: StoredPixels, { padding }: PixelFormat, hu: Int16Array): void {
  if (!padding) return;
  const [lowest, highest] = padding;
  for (let n = 0; n < stored.length; n++) {
    const value = stored[n] as number;
    if (value >= lowest && value <= highest) hu[n] = AIR_HU;
  }
}
