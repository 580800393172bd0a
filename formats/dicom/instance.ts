/**
 * One parsed DICOM file → the attributes that segmentation needs, typed, for each of its frames.
 * Sources: DICOM PS3.3 C.7.6.2 (image plane), C.8.2.1 (CT image).
 * @module
 */
import type { Vector3 } from '../../core/affine.ts';
import { VoxwatchError } from '../../core/errors.ts';
import { contentDigest } from './content-digest.ts';
import type { DicomElements, Tag } from './elements.ts';
import { frameElements } from './frame-elements.ts';
import { frameParts } from './frame-parts.ts';
import type { DicomFile, PixelData } from './parse-file.ts';
import { nativeFrameBytes, type PixelFormat, readPixelFormat } from './pixel-format.ts';

export type { PixelFormat };

/** CT Image, Enhanced CT Image, Legacy Converted Enhanced CT Image (PS3.4 B.5): what may be segmented. */
export const CT_SOP_CLASSES: ReadonlySet<string> = new Set([
  '1.2.840.10008.5.1.4.1.1.2',
  '1.2.840.10008.5.1.4.1.1.2.1',
  '1.2.840.10008.5.1.4.1.1.2.2',
]);

/** The most frames that one file may hold. */
const MAX_FRAMES = 20_000;

/** The most pixels that a slice may have: no CT is near. */
const MAX_SLICE_PIXELS = 8192 * 8192;

/** What a file says about itself and where one slice of it lies. Never printed: it identifies a patient. */
export interface DicomInstance {
  /** Of the file: all frames of a file have the same, so that it takes {@link frameIndex} to name a slice. */
  readonly sopInstanceUid: string;
  /** Which frame of its file this is, counted from 0. */
  readonly frameIndex: number;
  /**
   * Differs if two slices of one name do not hold the same picture at the same place (see content-digest.ts); absent
   * without pixels.
   */
  readonly contentDigest: string | undefined;
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
  /** (0020,9128) or (0020,0100): which phase of a study over time a slice belongs to. */
  readonly temporalPosition: number | undefined;
  /** (0020,9056): which stack of a multi-frame file a frame belongs to. */
  readonly stackId: string | undefined;
  /** (0020,1002): slices that the scanner says belong together. */
  readonly imagesInAcquisition: number | undefined;
  readonly plane: ImagePlane | undefined;
  readonly format: PixelFormat | undefined;
  /** Whether there is pixel data, and whether it is compressed; the data itself stays with the file. */
  readonly pixelKind: PixelData['kind'] | undefined;
  /** (0008,103E) and (0018,1030): free text, looked at by rules and kept nowhere. */
  readonly seriesDescription: string | undefined;
  readonly protocolName: string | undefined;
  /** (0018,0050): geometry uses it only for a series of one slice. */
  readonly sliceThicknessMm: number | undefined;
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

/**
 * Reads the attributes of every frame; the result holds no reference to the file's bytes.
 * @returns one for a file of one slice, or of anything that is not CT; one a frame for a multi-frame CT. One without
 *   {@link DicomInstance.plane} if a multi-frame file does not say where each of its frames lies.
 * @throws {VoxwatchError} `DICOM_INVALID` if the file has no SOP class, SOP instance or series UID; `INPUT_TRUNCATED` if
 *   it announces pixels that are not there; `INPUT_TOO_LARGE` for more or larger frames than any CT has; `DICOM_PIXELS`
 *   if nothing tells which compressed fragments belong to which frame.
 */
export function readInstances(file: DicomFile): DicomInstance[] {
  const { elements, frameCount } = file;
  if (!CT_SOP_CLASSES.has(elements.text('x00080016') ?? '')) return [instanceOf(file, elements, 0)];
  checkCtPixels(file);
  const frames = frameElements(elements);
  if (frames.length === frameCount) return frames.map((frame, index) => instanceOf(file, frame, index));
  const only = instanceOf(file, elements, 0);
  return [frameCount === 1 ? only : { ...only, plane: undefined }];
}

/** The first, and mostly only, frame. @throws {VoxwatchError} as {@link readInstances}. */
export function readInstance(file: DicomFile): DicomInstance {
  return readInstances(file)[0] as DicomInstance;
}

function instanceOf(
  { transferSyntaxUid, pixels, frameCount }: DicomFile,
  elements: DicomElements,
  frameIndex: number,
): DicomInstance {
  const required = (tag: Tag, name: string): string => {
    const value = elements.text(tag);
    if (!value) throw new VoxwatchError('DICOM_INVALID', `The DICOM file has no ${name}.`, { attribute: name });
    return value;
  };
  const format = readPixelFormat(elements, frameCount);
  if (format) checkPixelLength(format, pixels);
  const plane = planeOf(elements);
  const frameType = elements.texts('x00089007');
  return {
    sopClassUid: required('x00080016', 'SOP Class UID'),
    sopInstanceUid: required('x00080018', 'SOP Instance UID'),
    frameIndex,
    contentDigest: format && pixels && contentDigest(frameParts(pixels, format, frameIndex), [plane, format]),
    seriesInstanceUid: required('x0020000e', 'Series Instance UID'),
    studyInstanceUid: elements.text('x0020000d'),
    frameOfReferenceUid: elements.text('x00200052'),
    transferSyntaxUid,
    modality: elements.text('x00080060'),
    imageType: frameType.length > 0 ? frameType : elements.texts('x00080008'),
    bodyPart: elements.text('x00180015'),
    seriesNumber: elements.decimal('x00200011'),
    acquisitionNumber: elements.decimal('x00209156') ?? elements.decimal('x00200012'),
    instanceNumber: elements.decimal('x00200013'),
    temporalPosition: elements.decimal('x00209128') ?? elements.decimal('x00200100'),
    stackId: elements.text('x00209056'),
    imagesInAcquisition: elements.decimal('x00201002'),
    plane,
    format,
    pixelKind: pixels?.kind,
    seriesDescription: elements.text('x0008103e'),
    protocolName: elements.text('x00181030'),
    sliceThicknessMm: elements.decimal('x00180050'),
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

/** A file that was cut between two elements parses well; and lengths are checked before anything is made of them. */
function checkCtPixels({ elements, frameCount, pixels }: DicomFile): void {
  const format = readPixelFormat(elements, frameCount);
  if (!format || !pixels) throw new VoxwatchError('INPUT_TRUNCATED', 'The CT file ends before its pixel data: copy it again.');
  if (frameCount > MAX_FRAMES || format.rows * format.columns > MAX_SLICE_PIXELS) {
    throw new VoxwatchError(
      'INPUT_TOO_LARGE',
      `A file of ${frameCount} slices of ${format.columns} × ${format.rows} pixels is above the limit of ${MAX_FRAMES} slices of ${MAX_SLICE_PIXELS} pixels.`,
    );
  }
  if (pixels.kind !== 'encapsulated' || pixels.frames.length >= frameCount) return;
  if (pixels.fragmentCount < frameCount) {
    const message = `The file announces ${frameCount} slices, and there are pixels for ${pixels.fragmentCount}: copy it again.`;
    throw new VoxwatchError('INPUT_TRUNCATED', message, { expected: frameCount, found: pixels.fragmentCount });
  }
  throw new VoxwatchError('DICOM_PIXELS', 'Nothing tells which compressed fragments belong to which slice: send single slices.');
}

function checkPixelLength(format: PixelFormat, pixels: PixelData | undefined): void {
  if (pixels && pixels.kind !== 'native') return;
  const expected = Math.ceil(nativeFrameBytes(format) * format.frames);
  const found = pixels?.bytes.length ?? 0;
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
