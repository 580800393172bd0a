/**
 * What every reader agrees on about Hounsfield units.
 * @module
 */

/** HU of air: stands where an image has no value (padding, not-a-number). */
export const AIR_HU = -1024;

/** The nearest int16; halves go up. */
export function roundToHu(value: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(value)));
}
