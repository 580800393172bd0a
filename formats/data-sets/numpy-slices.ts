/**
 * Slices as NumPy files, images and masks paired by name. Report 002 says only that images and labels are `.npy` files of
 * one folder; so every common way to tell them apart is understood: `images/x.npy` + `masks/x.npy`, `x.npy` + `x_mask.npy`,
 * `image_x.npy` + `mask_x.npy`, below any folder. What is left of a name without the word is what pairs.
 *
 * The patient of a slice is its name without the last number (`P01_slice_75` → `P01`), or the folder that holds it.
 * @module
 */

import { type FileTree, NUMPY } from './file-tree.ts';
import type { IncompleteCase, ListedCase, Listing } from './listing.ts';

const MASK_WORDS: ReadonlySet<string> = new Set(
  'mask masks label labels seg segs segmentation segmentations truth gt annotation annotations'.split(' '),
);
const IMAGE_WORDS: ReadonlySet<string> = new Set('image images img imgs ct scan scans imaging volume volumes'.split(' '));
const SLICE_WORDS: ReadonlySet<string> = new Set('slice slices z'.split(' '));

export function listNumpySlices({ files }: FileTree): Listing | undefined {
  const images = new Map<string, string[]>();
  const truths = new Map<string, string[]>();
  for (const file of files.filter((path) => NUMPY.test(path))) {
    const { key, isMask } = roleOf(file);
    const side = isMask ? truths : images;
    side.set(key, [...(side.get(key) ?? []), file]);
  }
  if (truths.size === 0 || images.size === 0) return undefined;
  const cases: Omit<ListedCase, 'patient'>[] = [];
  const incomplete: IncompleteCase[] = [];
  for (const name of new Set([...truths.keys(), ...images.keys()])) {
    const [own, masks] = [images.get(name) ?? [], truths.get(name) ?? []];
    const [image, truth] = [own[0], masks[0]];
    if (own.length > 1 || masks.length > 1) {
      // Nobody can say which of them belong together.
      for (const found of own) incomplete.push({ name: found.replace(NUMPY, ''), missing: 'truth', found });
      for (const found of masks) incomplete.push({ name: found.replace(NUMPY, ''), missing: 'image', found });
    } else if (truth) cases.push({ name, truth, ...(image ? { image } : {}) });
    else if (image) incomplete.push({ name, missing: 'truth', found: image });
  }
  const patients = patientsOf(cases.map(({ name }) => name));
  return { cases: cases.map((own) => ({ ...own, patient: patients.get(own.name) as string })), incomplete };
}

/** @returns the path without the word that tells its role, and without its extension. */
function roleOf(file: string): { readonly key: string; readonly isMask: boolean } {
  const parts = file.replace(NUMPY, '').split('/');
  const isRole = (word: string): boolean => MASK_WORDS.has(word.toLowerCase()) || IMAGE_WORDS.has(word.toLowerCase());
  const isMask = parts.some((part) => wordsOf(part).some((word) => MASK_WORDS.has(word.toLowerCase())));
  const key = parts
    .map((part) => {
      const rest = wordsOf(part).filter((word) => !isRole(word));
      return rest.length === wordsOf(part).length ? part : rest.join('_');
    })
    .filter((part) => part !== '')
    .join('/');
  return { key: key === '' ? 'slice' : key, isMask };
}

/** Name → patient; where names tell nothing (one “patient” for all), each slice is one of its own. */
function patientsOf(names: readonly string[]): ReadonlyMap<string, string> {
  const patients = new Map(names.map((name) => [name, withoutSlice(name)]));
  const isTelling = new Set(patients.values()).size > 1;
  return isTelling ? patients : new Map(names.map((name) => [name, name]));
}

function withoutSlice(name: string): string {
  const folders = name.split('/');
  const words = wordsOf(folders.pop() as string);
  if (/^\d+$/.test(words.at(-1) ?? '')) words.pop();
  while (SLICE_WORDS.has(words.at(-1)?.toLowerCase() ?? '')) words.pop();
  const patient = [...folders, words.join('_')].filter((part) => part !== '').join('/');
  return patient === '' ? name : patient;
}

function wordsOf(part: string): string[] {
  return part.split(/[_\-. ]+/).filter((word) => word !== '');
}
