/**
 * Words of Image Type (0008,0008) → why a picture is no slice of a stack as it was measured.
 * Sources: DICOM PS3.3 C.7.6.1.1.2 and C.8.2.1.1.1; the words that Siemens, GE, Philips and Canon write for reformats.
 *
 * `DERIVED` and `SECONDARY` alone say nothing: compressed or anonymised axial slices carry them too.
 * @module
 */
import type { Refusal } from './ct-image-rules.ts';
import type { DicomInstance } from './instance.ts';

/** Slices computed from other slices, along any plane: they would be a second, softer copy of a stack. */
const REFORMAT_WORDS: ReadonlySet<string> = new Set(['MPR', 'MPVR', 'REFORMATTED', 'REFORMAT', 'CPR', 'CURVED']);

/** Pictures in which a pixel is no longer the density at a place. */
const PROJECTION_WORDS: ReadonlySet<string> = new Set([
  'MIP',
  'MINIP',
  'PROJECTION',
  'RENDERED',
  'RENDERING',
  'VRT',
  'SSD',
  'SUBTRACTION',
  'DOSE',
  'SCREEN',
]);

/** Why the picture is set aside, if its image type says that it is derived. */
export function derivedRefusal({ imageType }: DicomInstance): Refusal | undefined {
  const words = imageType.flatMap((value) => value.toUpperCase().split(/[^A-Z0-9]+/));
  if (words.some((word) => PROJECTION_WORDS.has(word))) {
    const message = 'These are computed pictures (a projection, a rendering, a dose page), not slices: they are not segmented.';
    return { code: 'DICOM_DERIVED', message };
  }
  if (words.some((word) => REFORMAT_WORDS.has(word))) {
    const message = 'These slices were reformatted from another series (MPR): send the series that was acquired.';
    return { code: 'DICOM_DERIVED', message };
  }
  return undefined;
}
