/**
 * One file → what intake needs to know of it, by reading as little as that takes: a DICOM file whole (it must parse to
 * the end of its pixel data), a NIfTI's header and last bytes.
 * @module
 */
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { asVoxwatchError, type ErrorCode, VoxwatchError } from '../../core/errors.ts';
import { type DicomInstance, readInstances } from '../../formats/dicom/instance.ts';
import { parseFile } from '../../formats/dicom/parse-file.ts';
import { gzipContentLength, isGzip } from '../../formats/gzip.ts';
import { type NiftiHeader, readNifti, readNiftiHeader } from '../../formats/nifti/read-nifti.ts';
import { SNIFF_BYTES, sniff } from '../../formats/sniff.ts';
import { FileReader, isSystemError } from './file-reader.ts';

/** What a file turned out to be. */
export type FileHeader =
  | { readonly kind: 'dicom' /** One a frame. */; readonly instances: readonly DicomInstance[] }
  | { readonly kind: 'nifti'; readonly header: NiftiHeader; readonly imageFile?: string }
  | { readonly kind: 'refused-nifti'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'companion' }
  | { readonly kind: 'set-aside'; readonly code: ErrorCode; readonly message: string };

/** Codes that speak of the file as it lies there (unfinished, damaged, foreign), not of the image in it. */
const FILE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INPUT_TRUNCATED',
  'INPUT_CORRUPT',
  'INPUT_EMPTY',
  'INPUT_UNKNOWN_FORMAT',
  'INPUT_NOT_FOUND',
  'INTERNAL',
]);

/** What is no longer than this is read at once: of 100,000 slices, every call to the file system counts. */
const READ_WHOLE_BYTES = 2 ** 20;

/**
 * Never throws: what cannot be read is set aside with its reason.
 * @param knownSize - Bytes, by somebody who has just asked.
 */
export async function readFileHeader(file: string, knownSize?: number, reader: FileReader = new FileReader()): Promise<FileHeader> {
  let format = 'unknown' as ReturnType<typeof sniff>;
  const headerOf = async (start: Uint8Array, size: number, whole?: Uint8Array): Promise<FileHeader> => {
    format = sniff(start, path.basename(file));
    if (format === 'dicom') return { kind: 'dicom', instances: readInstances(parseFile(whole ?? (await readFile(file)))) };
    // A header of NIfTI may hold its bytes: they must be its own.
    if (format === 'nifti') return await niftiHeader(file, start.slice(), size);
    if (format === 'nifti-image' && (await findSibling(file, 'hdr'))) return { kind: 'companion' };
    throw new VoxwatchError('INPUT_UNKNOWN_FORMAT', 'The file is neither DICOM nor NIfTI.');
  };
  try {
    const size = knownSize ?? (await stat(file)).size;
    if (size === 0) throw new VoxwatchError('INPUT_EMPTY', 'The file is empty.');
    if (size > READ_WHOLE_BYTES) return await headerOf(await readPart(file, 0, SNIFF_BYTES), size);
    return await reader.read(file, (whole) => headerOf(whole.subarray(0, SNIFF_BYTES), size, whole));
  } catch (thrown) {
    const { code, message } = asVoxwatchError(isSystemError(thrown) ? unreadable(thrown) : thrown);
    return { kind: format === 'nifti' && !FILE_CODES.has(code) ? 'refused-nifti' : 'set-aside', code, message };
  }
}

function unreadable(cause: unknown): VoxwatchError {
  return new VoxwatchError('INPUT_NOT_FOUND', 'The file cannot be opened: check its permissions.', {}, cause);
}

async function niftiHeader(file: string, start: Uint8Array, size: number): Promise<FileHeader> {
  const header = readNiftiHeader(start);
  const imageFile = header.isPair ? await findSibling(file, 'img') : undefined;
  if (header.isPair && !imageFile) {
    throw new VoxwatchError('INPUT_TRUNCATED', 'The header is there, but the image file that belongs to it is not (yet).');
  }
  if (imageFile) {
    const { size: imageSize } = await stat(imageFile);
    await checkLength(imageFile, await readPart(imageFile, 0, Math.min(imageSize, 2)), imageSize, header, async () => {
      readNifti(await readFile(file), await readFile(imageFile));
    });
    return { kind: 'nifti', header, imageFile };
  }
  await checkLength(file, start, size, header, async () => {
    readNifti(await readFile(file));
  });
  return { kind: 'nifti', header };
}

/** Length, or for gzip the length that its last bytes announce; where that does not fit, the whole file is read to tell. */
async function checkLength(
  file: string,
  start: Uint8Array,
  size: number,
  { expectedBytes }: NiftiHeader,
  readWhole: () => Promise<void>,
): Promise<void> {
  if (!isGzip(start)) {
    if (size >= expectedBytes) return;
    throw new VoxwatchError('INPUT_TRUNCATED', `The file breaks off: ${expectedBytes} bytes are announced, ${size} are there.`);
  }
  const announced = gzipContentLength(await readPart(file, Math.max(0, size - 4), Math.min(size, 4)));
  if (announced !== expectedBytes % 2 ** 32) await readWhole();
}

/** The other file of a NIfTI pair: the same name with another extension. */
export async function findSibling(file: string, extension: 'hdr' | 'img'): Promise<string | undefined> {
  const stem = file.replace(/\.(hdr|img)(\.gz)?$/i, '');
  for (const candidate of [`${stem}.${extension}`, `${stem}.${extension}.gz`, `${stem}.${extension.toUpperCase()}`]) {
    if (
      await stat(candidate).then(
        (found) => found.isFile(),
        () => false,
      )
    )
      return candidate;
  }
  return undefined;
}

async function readPart(file: string, position: number, length: number): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
