/**
 * Bytes of a DICOM file → its elements and its pixel data, complete or refused. The only file that knows dicom-parser.
 * This is the integrity gate: nothing passes that does not parse to the end of its pixel data.
 * Sources: DICOM PS3.5 section 7 and annex A, PS3.10 section 7.
 * @module
 */
import dicomParser, { type DataSet } from 'dicom-parser';
import { VoxwatchError } from '../../core/errors.ts';
import { inflateRaw } from '../gzip.ts';
import { type DicomElements, elementsOf } from './elements.ts';
import { type Encoding, findEncoding, TRANSFER_SYNTAX } from './find-encoding.ts';

/** A file that parsed to the end. */
export interface DicomFile {
  readonly elements: DicomElements;
  /** (0002,0010), or what the bytes show where the file does not say. */
  readonly transferSyntaxUid: string;
  readonly pixels: PixelData | undefined;
}

/** Pixel data as it lies in the file: plain, or compressed in fragments. Views into the file's bytes. */
export type PixelData =
  | { readonly kind: 'native'; readonly bytes: Uint8Array; readonly bigEndian: boolean }
  | { readonly kind: 'encapsulated'; readonly fragments: readonly Uint8Array[] };

/** One slice, or a multi-frame file, does not inflate to more. */
const MAX_INFLATED_BYTES = 1 << 30;

const PIXEL_DATA = 'x7fe00010';

/**
 * Parses a file.
 * @param bytes - All of the file.
 * @throws {VoxwatchError} `INPUT_EMPTY`; `INPUT_UNKNOWN_FORMAT` if it is not DICOM; `INPUT_TRUNCATED` if it breaks off;
 *   `DICOM_INVALID` if its elements make no sense.
 */
export function parseFile(bytes: Uint8Array): DicomFile {
  if (bytes.length === 0) throw new VoxwatchError('INPUT_EMPTY', 'The file is empty.');
  const encoding = findEncoding(bytes);
  if (!encoding) throw new VoxwatchError('INPUT_UNKNOWN_FORMAT', 'The file is not DICOM.');
  const content =
    encoding.transferSyntaxUid === TRANSFER_SYNTAX.deflated
      ? { ...encoding, bytes: inflateRaw(bytes.subarray(encoding.dataSetOffset), MAX_INFLATED_BYTES), dataSetOffset: 0 }
      : { ...encoding, bytes };
  const dataSet = parseDataSet(content.bytes, content);
  return {
    elements: elementsOf(dataSet),
    transferSyntaxUid: encoding.transferSyntaxUid,
    pixels: pixelDataOf(dataSet, encoding.bigEndian),
  };
}

function parseDataSet(bytes: Uint8Array, { dataSetOffset, explicit, bigEndian }: Encoding): DataSet {
  if (dataSetOffset >= bytes.length) throw truncated();
  const parser = bigEndian ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser;
  const stream = new dicomParser.ByteStream(parser, bytes, dataSetOffset);
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

function pixelDataOf(dataSet: DataSet, bigEndian: boolean): PixelData | undefined {
  const element = dataSet.elements[PIXEL_DATA];
  if (!element) return undefined;
  const { byteArray } = dataSet;
  if (element.encapsulatedPixelData) {
    const fragments = (element.fragments ?? []).map(({ position, length }) => {
      if (position + length > byteArray.length) throw truncated();
      return byteArray.subarray(position, position + length);
    });
    return { kind: 'encapsulated', fragments };
  }
  if (element.dataOffset + element.length > byteArray.length) throw truncated();
  return { kind: 'native', bytes: byteArray.subarray(element.dataOffset, element.dataOffset + element.length), bigEndian };
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
