/**
 * One DICOM instance → why it must not be segmented, if so.
 * Sources: DICOM PS3.4 B.5 (SOP classes), PS3.3 C.8.2.1.1.1 (image type).
 * @module
 */
import type { ErrorCode } from '../../core/errors.ts';
import { canDecode } from './decode-pixels.ts';
import { CT_SOP_CLASSES, type DicomInstance } from './instance.ts';

/** Why something is refused: a code and a sentence a radiographer understands. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Words of (0008,0008) for overview pictures; the standard has the first, scanners also write the others. */
const LOCALIZER_TYPES: ReadonlySet<string> = new Set(['LOCALIZER', 'SCOUT', 'TOPOGRAM']);

/** @returns undefined if nothing speaks against the instance. */
export function refusalOf(instance: DicomInstance): Refusal | undefined {
  const { format, plane, pixelKind } = instance;
  if (!CT_SOP_CLASSES.has(instance.sopClassUid) || instance.modality !== 'CT') {
    return {
      code: 'DICOM_NOT_CT',
      message: 'These are not CT images (but another modality, a screen picture, a report or contours): only CT is segmented.',
    };
  }
  if (instance.imageType.some((word) => LOCALIZER_TYPES.has(word.toUpperCase()))) {
    return { code: 'DICOM_LOCALIZER', message: 'This is a localizer (scout view), not a stack of slices: it is not segmented.' };
  }
  if (!format || !pixelKind) {
    return { code: 'DICOM_PIXELS', message: 'The files hold no pictures.' };
  }
  if (pixelKind === 'float') {
    return {
      code: 'DICOM_PIXELS',
      message: 'The pixels are floating-point numbers (Float Pixel Data): CT slices are whole numbers.',
    };
  }
  if (format.bitsAllocated !== 8 && format.bitsAllocated !== 16) {
    return { code: 'DICOM_PIXELS', message: `The pixels have ${format.bitsAllocated} bits: CT slices of 8 or 16 bits are read.` };
  }
  if (format.samplesPerPixel !== 1) {
    return { code: 'DICOM_PIXELS', message: 'The pictures are in colour: CT slices are plain grey values.' };
  }
  // By the standard, MONOCHROME1 changes how a picture is shown and not what its values mean. But who inverts pictures
  // mostly inverts the values, too, and nothing in the file tells whether its rescale has followed: HU would be a guess.
  if (format.photometric !== 'MONOCHROME2') {
    return {
      code: 'DICOM_PIXELS',
      message: 'The pictures are not plain grey values from dark to bright (MONOCHROME2), but inverted or in colour.',
    };
  }
  if (!Number.isFinite(format.slope * format.intercept) || format.slope === 0) {
    return { code: 'DICOM_PIXELS', message: 'The files do not say in numbers how their pixels are turned into HU (rescale).' };
  }
  if (!plane) {
    return { code: 'DICOM_NO_GEOMETRY', message: 'The files do not say where the slices lie in the patient.' };
  }
  if (!canDecode(instance)) {
    return {
      code: 'DICOM_TRANSFER_SYNTAX',
      message: `There is no decoder for transfer syntax ${instance.transferSyntaxUid}: send the series uncompressed.`,
    };
  }
  return undefined;
}
