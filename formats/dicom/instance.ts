/**
 * One parsed DICOM file → the attributes that segmentation needs, typed.
 * Sources: DICOM PS3.3 C.7.6.2 (image plane), C.7.6.3 (image pixel), C.8.2.1 (CT image), C.7.5.1.1.2 (padding).
 * @module
 */
import type { Vector3 } from '../../core/affine.ts';
import { VoxwatchError } from '../../core/errors.ts';
import type { DicomElements, Tag } from './elements.ts';
import type { DicomFile, PixelData } from './parse-file.ts';

/** CT Image, Enhanced CT Image, Legacy Converted Enhanced CT Image (PS3.4 B.5): what may be segmented. */
export const CT_SOP_CLASSES: ReadonlySet<string> = new Set([
  '1.2.840.10008.5.1.4.1.1.2',
  '1.2.840.10008.5.1.4.1.1.2.1',
  '1.2.840.10008.5.1.4.1.1.2.2',
]);

/** What a file says about itself and where its slice lies. Never printed: it identifies a patient. */
export interface DicomInstance {
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly seriesInstanceUid: string;
  readonly studyInstanceUid: string | undefined;
  readonly frameOfReferenceUid: string | undefined;
  readonly transferSyntaxUid: string;
  /** (0008,0060), e.g. `CT`. */
  readonly modality: string | undefined;
  /** (0008,0008), e.g. `ORIGINAL`, `PRIMARY`, `AXIAL`. */
  readonly imageType: readonly string[];
  readonly bodyPart: string | undefined;
  readonly seriesNumber: number | undefined;
  readonly acquisitionNumber: number | undefined;
  readonly instanceNumber: number | undefined;
  /** (0020,1002): slices that the scanner says belong together. */
  readonly imagesInAcquisition: number | undefined;
  readonly plane: ImagePlane | undefined;
  readonly format: PixelFormat | undefined;
  /** Whether there is pixel data, and whether it is compressed; the data itself stays with the file. */
  readonly pixelKind: PixelData['kind'] | undefined;
  /** (0018,0050), only for a series of one slice. */
  readonly sliceThicknessMm: number | undefined;
  /** Which frame of its file this is, counted from 0. */
  readonly frameIndex: number;
  /** Differs if two slices of one name do not hold the same picture at the same place; absent where nobody made it. */
  readonly contentDigest: string | undefined;
  /** (0020,0100): which phase of a study over time a slice belongs to. */
  readonly temporalPosition: number | undefined;
  /** (0018,1060), ms after the R wave. */
  readonly triggerTimeMs: number | undefined;
  /** (0008,0032) and (0008,0033), seconds of the day. */
  readonly acquisitionTimeS: number | undefined;
  readonly contentTimeS: number | undefined;
  /** (0018,1210), e.g. `B30s`. */
  readonly kernel: string | undefined;
  /** Whether a contrast agent (0018,0010) is named; what it is, is not kept. */
  readonly hasContrast: boolean;
  /** (0018,5100), e.g. `HFS`. */
  readonly patientPosition: string | undefined;
  /** (0018,1120). Only compared with the positions, which are what counts. */
  readonly gantryTiltDegrees: number | undefined;
}

/** Where a slice lies in the patient, LPS mm. */
export interface ImagePlane {
  /** Centre of the first pixel (0020,0032). */
  readonly position: Vector3;
  /** Direction along a row, that is of growing column index: the first three numbers of (0020,0037). */
  readonly rowDirection: Vector3;
  /** Direction along a column, that is of growing row index. */
  readonly columnDirection: Vector3;
  /** Distance between rows, then between columns (0028,0030). */
  readonly spacingMm: readonly [betweenRows: number, betweenColumns: number];
}

/** How pixels are stored and what they mean. */
export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samplesPerPixel: number;
  readonly photometric: string;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** HU = stored · slope + intercept. */
  readonly slope: number;
  readonly intercept: number;
  /** Stored values, both included, that mean "outside the field of view" (0028,0120) and (0028,0121). */
  readonly padding: readonly [lowest: number, highest: number] | undefined;
}

/**
 * Reads the attributes; the result holds no reference to the file's bytes.
 * @throws {VoxwatchError} `DICOM_INVALID` if the file has no SOP class, SOP instance or series UID; `INPUT_TRUNCATED` if
 *   it announces pixels that are not there.
 */
export function readInstance({ elements, transferSyntaxUid, pixels }: DicomFile): DicomInstance {
  const required = (tag: Tag, name: string): string => {
    const value = elements.text(tag);
    if (!value) throw new VoxwatchError('DICOM_INVALID', `The DICOM file has no ${name}.`, { attribute: name });
    return value;
  };
  const sopClassUid = required('x00080016', 'SOP Class UID');
  const format = formatOf(elements);
  if (CT_SOP_CLASSES.has(sopClassUid) && !(format && pixels)) {
    // A file that was cut between two elements parses well.
    throw new VoxwatchError('INPUT_TRUNCATED', 'The CT file ends before its pixel data: copy it again.');
  }
  if (format) checkPixelLength(format, pixels);
  return {
    sopClassUid,
    sopInstanceUid: required('x00080018', 'SOP Instance UID'),
    seriesInstanceUid: required('x0020000e', 'Series Instance UID'),
    studyInstanceUid: elements.text('x0020000d'),
    frameOfReferenceUid: elements.text('x00200052'),
    transferSyntaxUid,
    modality: elements.text('x00080060'),
    imageType: elements.texts('x00080008'),
    bodyPart: elements.text('x00180015'),
    seriesNumber: elements.decimal('x00200011'),
    acquisitionNumber: elements.decimal('x00200012'),
    instanceNumber: elements.decimal('x00200013'),
    imagesInAcquisition: elements.decimal('x00201002'),
    plane: planeOf(elements),
    format,
    pixelKind: pixels?.kind,
    sliceThicknessMm: elements.decimal('x00180050'),
    frameIndex: 0,
    contentDigest: undefined,
    temporalPosition: elements.decimal('x00200100'),
    triggerTimeMs: elements.decimal('x00181060'),
    acquisitionTimeS: secondsOfDay(elements.text('x00080032')),
    contentTimeS: secondsOfDay(elements.text('x00080033')),
    kernel: elements.text('x00181210'),
    hasContrast: elements.text('x00180010') !== undefined,
    patientPosition: elements.text('x00185100'),
    gantryTiltDegrees: elements.decimal('x00181120'),
  };
}

/** `HHMMSS.FFFFFF`, from the right as short as it likes; old files have colons in it (PS3.5 6.2, VR TM). */
function secondsOfDay(time: string | undefined): number | undefined {
  const found = /^(\d\d):?(\d\d)?:?(\d\d(?:\.\d{1,6})?)?$/.exec(time ?? '');
  return found ? Number(found[1]) * 3600 + Number(found[2] ?? 0) * 60 + Number(found[3] ?? 0) : undefined;
}

function checkPixelLength(format: PixelFormat, pixels: PixelData | undefined): void {
  const { rows, columns, frames, samplesPerPixel, bitsAllocated } = format;
  const expected = Math.ceil((rows * columns * frames * samplesPerPixel * bitsAllocated) / 8);
  const found = pixels?.kind === 'encapsulated' ? expected : (pixels?.bytes.length ?? 0);
  if (found < expected) {
    throw new VoxwatchError('INPUT_TRUNCATED', `The image needs ${expected} bytes of pixels; ${found} are there.`, {
      expected,
      found,
    });
  }
}

function planeOf(elements: DicomElements): ImagePlane | undefined {
  const position = elements.decimals('x00200032');
  const orientation = elements.decimals('x00200037');
  const spacing = elements.decimals('x00280030');
  if (position.length !== 3 || orientation.length !== 6 || spacing.length !== 2) return undefined;
  return {
    position: position as unknown as Vector3,
    rowDirection: orientation.slice(0, 3) as unknown as Vector3,
    columnDirection: orientation.slice(3) as unknown as Vector3,
    spacingMm: spacing as unknown as [number, number],
  };
}

function formatOf(elements: DicomElements): PixelFormat | undefined {
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
    frames: elements.decimal('x00280008') ?? 1,
    samplesPerPixel: elements.unsigned('x00280002') ?? 1,
    photometric: elements.text('x00280004') ?? 'MONOCHROME2',
    highBit: elements.unsigned('x00280102') ?? bitsStored - 1,
    slope: elements.decimal('x00281053') ?? 1,
    intercept: elements.decimal('x00281052') ?? 0,
    padding: paddingOf(elements, signed),
  };
}

/** The range limit may lie on either side of the value (C.7.5.1.1.2). */
function paddingOf(elements: DicomElements, signed: boolean): PixelFormat['padding'] {
  const read = signed ? elements.signed : elements.unsigned;
  const value = read('x00280120');
  if (value === undefined) return undefined;
  const limit = read('x00280121') ?? value;
  return [Math.min(value, limit), Math.max(value, limit)];
}
