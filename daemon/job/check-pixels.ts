/**
 * Is there a picture at all? A series of padding alone, or of no numbers alone, shows nothing that could be segmented.
 * @module
 */
import type { Finding } from '../../core/finding.ts';
import type { Volume } from '../../core/volume.ts';

/** @returns an error where all pixels are the same. */
export function checkPixels({ hu }: Volume): readonly Finding[] {
  const first = hu[0];
  for (let p = 1; p < hu.length; p++) if (hu[p] !== first) return [];
  return [{ code: 'IMAGE_EMPTY', severity: 'error', message: 'All pixels of this series have the same value: it shows nothing.' }];
}
