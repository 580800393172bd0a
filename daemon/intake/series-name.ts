/**
 * Folders and files of a series → the name of its result folder.
 * @module
 */
import { createHash } from 'node:crypto';
import path from 'node:path';

/** Names that mean something else in an output folder. */
const RESERVED: ReadonlySet<string> = new Set(['rejected', 'not-chosen']);

/** The longest name, so that temporary names made from it still fit in 255 bytes. */
const MAX_NAME_LENGTH = 100;

/** First hex digits of a SHA-256. */
export function shortDigest(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}

/** A name that is safe on every file system: letters, digits, `.`, `_`, `-`; never hidden, never reserved. */
export function safeName(name: string): string {
  const safe = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '_')
    .replace(/^[._]+|[._]+$/g, '')
    .slice(0, MAX_NAME_LENGTH);
  if (safe === '') return 'input';
  return RESERVED.has(safe.toLowerCase()) ? `${safe}_` : safe;
}

/** A file's name without the extension of its format. */
export function fileStem(file: string): string {
  return path.basename(file).replace(/\.(nii|hdr|img|dcm|dicom|ima)(\.gz)?$/i, '');
}

/** The deepest folder that holds all the files. */
export function commonFolder(files: readonly string[]): string {
  const [first = [], ...others] = files.map((file) => path.dirname(file).split(path.sep));
  const depth = first.findIndex((part, n) => others.some((other) => other[n] !== part));
  return (depth < 0 ? first : first.slice(0, depth)).join(path.sep) || path.sep;
}
