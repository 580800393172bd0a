/**
 * Bytes of a DICOM file → its elements and its pixel data, complete or refused. The only file that knows dicom-parser.
 * This is the integrity gate: nothing passes that does not parse to the end of its pixel data.
 * Sources: DICOM PS3.5 section 7 and annex A, PS3.10 section 7.
 * @module
 */
import dicomParser, { type DataSet } from 'dicom-parser';
import { VoxwatchError } from '../../core/errors.ts';
import { inflateRaw } from '../gzip.ts';
import { type DicomElements, elementsOf, type RawDataSet, type RawElement } from './elements.ts';
import { type Encoding, findEncoding, TRANSFER_SYNTAX } from './find-encoding.ts';
import { type Fragment, splitFrames } from './split-frames.ts';

/** A file that parsed to the end. */
export interface DicomFile {
  readonly elements: DicomElements;
  /** (0002,0010), or what the bytes show where the file does not say. */
  readonly transferSyntaxUid: string;
  /** (0028,0008); 1 where the file does not say, or says what cannot be. */
  readonly frameCount: number;
  readonly pixels: PixelData | undefined;
}

/** Pixel data as it lies in the file: plain, compressed, or numbers that no CT has. Views into the file's bytes. */
export type PixelData =
  | { readonly kind: 'native'; readonly bytes: Uint8Array; readonly bigEndian: boolean }
  | {
      readonly kind: 'encapsulated';
      /** Fragments of each frame; fewer frames than announced if some are missing, none if nothing tells them apart. */
      readonly frames: readonly (readonly Uint8Array[])[];
      /** Fragments that hold anything. */
      readonly fragmentCount: number;
    }
  | { readonly kind: 'float' };

/** The most that a deflated file may inflate to: this, and this many times its length, but never above the last. */
const INFLATE_FLOOR_BYTES = 64 << 20;
const INFLATE_RATIO = 64;
const INFLATE_LIMIT_BYTES = 1 << 30;

const PIXEL_DATA = 'x7fe00010';
const FLOAT_PIXEL_DATA = ['x7fe00008', 'x7fe00009'] as const;
const NUMBER_OF_FRAMES = 'x00280008';
const EXTENDED_OFFSET_TABLE = 'x7fe00001';

/** Value representations with a 32-bit length that came after the library: it takes their lengths for 16-bit ones. */
const YOUNG_LONG_VRS: ReadonlySet<string> = new Set(['OV', 'SV', 'UV']);

/**
 * Parses a file.
 * @param bytes - All of the file.
 * @throws {VoxwatchError} `INPUT_EMPTY`; `INPUT_UNKNOWN_FORMAT` if it is not DICOM; `INPUT_TRUNCATED` if it breaks off;
 *   `DICOM_INVALID` if its elements make no sense; `INPUT_TOO_LARGE` if it inflates beyond the limit; `INPUT_CORRUPT` if
 *   it does not inflate.
 */
export function parseFile(bytes: Uint8Array): DicomFile {
  if (bytes.length === 0) throw new VoxwatchError('INPUT_EMPTY', 'The file is empty.');
  const encoding = findEncoding(bytes);
  if (!encoding) throw new VoxwatchError('INPUT_UNKNOWN_FORMAT', 'The file is not DICOM.');
  const content =
    encoding.transferSyntaxUid === TRANSFER_SYNTAX.deflated
      ? { ...encoding, bytes: inflate(bytes.subarray(encoding.dataSetOffset)), dataSetOffset: 0 }
      : { ...encoding, bytes };
  const dataSet = parseDataSet(content.bytes, content);
  const elements = elementsOf(dataSet, (element) => unknownItems(dataSet.byteArray, element));
  const announced = elements.decimal(NUMBER_OF_FRAMES) ?? 1;
  const frameCount = Number.isInteger(announced) && announced > 0 ? announced : 1;
  return {
    elements,
    transferSyntaxUid: encoding.transferSyntaxUid,
    frameCount,
    pixels: pixelDataOf(dataSet, encoding.bigEndian, frameCount),
  };
}

function inflate(deflated: Uint8Array): Uint8Array {
  return inflateRaw(deflated, Math.min(INFLATE_LIMIT_BYTES, INFLATE_FLOOR_BYTES + INFLATE_RATIO * deflated.length));
}

function parseDataSet(bytes: Uint8Array, { dataSetOffset, explicit, bigEndian }: Encoding): DataSet {
  if (dataSetOffset >= bytes.length) throw truncated();
  const parser = bigEndian ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser;
  const stream = new dicomParser.ByteStream(parser, bytes, dataSetOffset);
  const readFixedString = stream.readFixedString.bind(stream);
  stream.readFixedString = (length) => {
    const vr = readFixedString(length);
    return YOUNG_LONG_VRS.has(vr) ? 'OB' : vr;
  };
  const dataSet = new (dicomParser as unknown as DataSetModule).DataSet(parser, bytes, {});
  try {
    if (explicit) dicomParser.parseDicomDataSetExplicit(dataSet, stream, bytes.length);
    else dicomParser.parseDicomDataSetImplicit(dataSet, stream, bytes.length);
  } catch (thrown) {
    // Some writers append padding after the pixel data: what breaks there does not concern the image.
    if (!isWhole(dataSet, bytes)) throw isPastEnd(thrown) ? truncated(thrown) : invalid(thrown);
  }
  if (stream.warnings.some((warning) => warning.includes('missing sequence delimiter'))) throw truncated();
  return dataSet;
}

/** The library exports the class, but its types do not say so. */
interface DataSetModule {
  readonly DataSet: new (
    parser: typeof dicomParser.littleEndianByteArrayParser,
    bytes: Uint8Array,
    elements: DataSet['elements'],
  ) => DataSet;
}

function isWhole({ elements }: DataSet, bytes: Uint8Array): boolean {
  const pixels = elements[PIXEL_DATA];
  return pixels !== undefined && pixels.dataOffset + pixels.length <= bytes.length;
}

function pixelDataOf(dataSet: DataSet, bigEndian: boolean, frameCount: number): PixelData | undefined {
  const element = dataSet.elements[PIXEL_DATA];
  if (!element) return FLOAT_PIXEL_DATA.some((tag) => dataSet.elements[tag]) ? { kind: 'float' } : undefined;
  const { byteArray } = dataSet;
  if (element.encapsulatedPixelData) {
    const fragments = (element.fragments ?? []).map(({ position, offset, length }): Fragment => {
      if (position + length > byteArray.length) throw truncated();
      return { bytes: byteArray.subarray(position, position + length), offset };
    });
    const extended = extendedOffsets(dataSet);
    const frames = splitFrames(fragments, extended.length > 0 ? extended : (element.basicOffsetTable ?? []), frameCount);
    return { kind: 'encapsulated', frames, fragmentCount: fragments.filter(({ bytes }) => bytes.length > 0).length };
  }
  if (element.dataOffset + element.length > byteArray.length) throw truncated();
  return { kind: 'native', bytes: byteArray.subarray(element.dataOffset, element.dataOffset + element.length), bigEndian };
}

/** 64-bit numbers; compressed data is always little endian (PS3.5 A.4). */
function extendedOffsets({ elements, byteArray }: DataSet): number[] {
  const element = elements[EXTENDED_OFFSET_TABLE];
  if (!element || element.dataOffset + element.length > byteArray.length) return [];
  const view = new DataView(byteArray.buffer, byteArray.byteOffset + element.dataOffset, element.length);
  return Array.from({ length: Math.floor(element.length / 8) }, (_, n) => Number(view.getBigUint64(8 * n, true)));
}

/**
 * Items of an element of unknown VR and defined length that its reader knows to be a sequence: implicit little endian
 * whatever the file is (PS3.5 6.2.2 note 2). Those of undefined length are parsed by the library.
 */
function unknownItems(
  byteArray: DataSet['byteArray'],
  { vr, dataOffset, length }: RawElement,
): readonly { dataSet?: RawDataSet }[] {
  if (vr !== 'UN' || dataOffset + length > byteArray.length) return [];
  const parser = dicomParser.littleEndianByteArrayParser;
  const content = byteArray.subarray(dataOffset, dataOffset + length);
  try {
    const element = { tag: 'x00000000', vr: 'SQ', dataOffset: 0, length } as unknown as DataSet['elements'][string];
    dicomParser.readSequenceItemsImplicit(new dicomParser.ByteStream(parser, content, 0), element);
    return (element as { items?: readonly { dataSet?: RawDataSet }[] }).items ?? [];
  } catch {
    return [];
  }
}

/** The library throws plain strings; these say that a read went over the end. */
function isPastEnd(thrown: unknown): boolean {
  return /past end|overrun|overread|greater than or equal/.test(String(thrown));
}

function truncated(cause?: unknown): VoxwatchError {
  return new VoxwatchError(
    'INPUT_TRUNCATED',
    'The DICOM file breaks off before the end of its pixel data: copy it again.',
    {},
    cause,
  );
}

function invalid(cause: unknown): VoxwatchError {
  return new VoxwatchError('DICOM_INVALID', 'The elements of the DICOM file cannot be parsed.', {}, cause);
}
