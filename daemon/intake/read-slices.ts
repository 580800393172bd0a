/**
 * The pixels of one file's frames, as HU. What a worker thread does for compressed files, and this thread for others.
 * @module
 */
import { asVoxwatchError, type ErrorCode, VoxwatchError } from '../../core/errors.ts';
import { decodePixels } from '../../formats/dicom/decode-pixels.ts';
import { type DicomInstance, type PixelFormat, readInstances } from '../../formats/dicom/instance.ts';
import { parseFile } from '../../formats/dicom/parse-file.ts';
import { storedToHu } from '../../formats/dicom/slice-hu.ts';
import { FileReader, isSystemError } from './file-reader.ts';

/** Which frames of which file. */
export interface SlicesRequest {
  readonly file: string;
  readonly frames: readonly Pick<DicomInstance, 'sopInstanceUid' | 'frameIndex'>[];
  /** Pixels that each must have. */
  readonly pixelsPerSlice: number;
}

/** Codes that a file cannot give if it is still what discovery saw. */
const CHANGED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INPUT_TRUNCATED',
  'INPUT_EMPTY',
  'INPUT_CORRUPT',
  'INPUT_UNKNOWN_FORMAT',
  'DICOM_INVALID',
]);

/**
 * Reads a file once and decodes the frames that are wanted of it.
 * @param hu - Where they go, one array a frame.
 * @returns in how many the compressed picture is not what the header says.
 * @throws {VoxwatchError} `INPUT_CHANGED` if the file is not what it was, `DICOM_TRANSFER_SYNTAX`, `DICOM_PIXELS`.
 */
export async function readSlices(
  request: SlicesRequest,
  hu: readonly Int16Array[],
  reader: FileReader = new FileReader(),
): Promise<number> {
  try {
    return await reader.read(request.file, (bytes) => decodeSlices(bytes, request, hu));
  } catch (thrown) {
    throw isSystemError(thrown) ? inputChanged(thrown) : thrown;
  }
}

async function decodeSlices(
  bytes: Uint8Array,
  { frames, pixelsPerSlice }: SlicesRequest,
  hu: readonly Int16Array[],
): Promise<number> {
  const { found, pixels } = unchanged(() => {
    const parsed = parseFile(bytes);
    return { found: new Map(readInstances(parsed).map((frame) => [frame.frameIndex, frame])), pixels: parsed.pixels };
  });
  let contradictions = 0;
  for (const [n, { sopInstanceUid, frameIndex }] of frames.entries()) {
    const frame = found.get(frameIndex);
    if (frame?.sopInstanceUid !== sopInstanceUid) throw inputChanged();
    const { stored, isAsDeclared } = await decodePixels(frame, pixels);
    if (stored.length !== pixelsPerSlice) throw inputChanged();
    storedToHu(stored, frame.format as PixelFormat, hu[n] as Int16Array);
    if (!isAsDeclared) contradictions++;
  }
  return contradictions;
}

/** A file that can no longer be read has changed. */
export async function stillThere<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (thrown) {
    throw inputChanged(thrown);
  }
}

/** What cannot be wrong with a file that discovery accepted means that it has changed. */
export function unchanged<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    const error = asVoxwatchError(thrown);
    throw CHANGED.has(error.code) ? inputChanged(error) : error;
  }
}

export function inputChanged(cause?: unknown): VoxwatchError {
  return new VoxwatchError(
    'INPUT_CHANGED',
    'Files of the series changed or vanished while it was being read: it is looked at again at the next scan.',
    {},
    cause,
  );
}
