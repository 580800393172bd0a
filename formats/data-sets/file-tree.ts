/**
 * What lies below a data folder, as names only: layouts are recognized on it without touching the disk.
 * @module
 */

/** Paths are relative to the data folder, with `/` between names, whatever the system writes. */
export interface FileTree {
  /** In natural order: `volume-2` before `volume-10`. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** A tree in natural order, without what systems leave behind: `.DS_Store`, and the `._` files of macOS archives. */
export function fileTree(files: readonly string[], folders: readonly string[]): FileTree {
  const visible = (paths: readonly string[]): string[] =>
    paths.filter((path) => !path.split('/').some((name) => name.startsWith('.'))).sort(compareNaturally);
  return { files: visible(files), folders: visible(folders) };
}

export function compareNaturally(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Files and folders right in a folder, as paths. @param folder - `''` for the data folder itself. */
export function entriesIn({ files, folders }: FileTree, folder: string): { readonly files: string[]; readonly folders: string[] } {
  const isIn = (path: string): boolean => parentOf(path) === folder;
  return { files: files.filter(isIn), folders: folders.filter(isIn) };
}

/** The folder that a path lies in; `''` for the data folder itself. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The last part of a path without the extension of its format. */
export function stemOf(path: string): string {
  return nameOf(path).replace(/\.(nii|hdr|img|dcm|dicom|ima|npy)(\.gz)?$/i, '');
}

/** The first of the paths that is a file of the tree. */
export function firstFile({ files }: FileTree, paths: readonly string[]): string | undefined {
  const there = new Set(files);
  return paths.find((path) => there.has(path));
}

export const NIFTI = /\.nii(\.gz)?$/i;
export const NUMPY = /\.npy$/i;
