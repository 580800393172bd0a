/**
 * A data folder → its labelled cases, by the layout that it has. One file a layout; training and evaluation list with
 * the same ones.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { LabelSet } from '../../core/label-table.ts';
import { listDecathlon } from './decathlon.ts';
import { compareNaturally, type FileTree } from './file-tree.ts';
import { listKits } from './kits.ts';
import { listLits } from './lits.ts';
import { listNumpySlices } from './numpy-slices.ts';
import { listPairs } from './pairs.ts';

/** In the order in which they are tried: the one that asks for most comes first. */
export const LAYOUTS = ['msd', 'kits', 'lits', 'numpy', 'pairs'] as const;

export type Layout = (typeof LAYOUTS)[number];

/** Where a case lies, relative to the data folder: files, or a folder of DICOM for the image. */
export interface ListedCase {
  /** Unique in its folder. */
  readonly name: string;
  readonly truth: string;
  readonly image?: string;
  /** Cases of the same patient have the same; absent where each case is a patient. */
  readonly patient?: string;
}

/** A case that is not whole. */
export interface IncompleteCase {
  readonly name: string;
  /** `entry`: its files are there, but `dataset.json` does not list it. */
  readonly missing: 'truth' | 'image' | 'entry';
  /** The half that is there, relative to the data folder. */
  readonly found?: string;
}

export interface ListedDataSet {
  readonly layout: Layout;
  /** In the natural order of their names. */
  readonly cases: readonly ListedCase[];
  readonly incomplete: readonly IncompleteCase[];
  /** What the layout, or its `dataset.json`, says about labels. */
  readonly labels?: LabelSet;
}

/** What a layout finds; nothing where the folder has another layout. */
export type Listing = Omit<ListedDataSet, 'layout'> | undefined;

/** Reads a small text file of the tree. */
export type ReadText = (path: string) => Promise<string>;

const LISTERS: Readonly<Record<Layout, (tree: FileTree, readText: ReadText) => Listing | Promise<Listing>>> = {
  msd: listDecathlon,
  kits: listKits,
  lits: listLits,
  numpy: listNumpySlices,
  pairs: listPairs,
};

/**
 * Lists the cases of a folder.
 * @param layouts - Which ones may be recognized.
 * @returns nothing where no layout is recognized.
 * @throws {VoxwatchError} `CONFIG_INVALID` for a `dataset.json` that is not one.
 */
export async function listDataSet(
  tree: FileTree,
  readText: ReadText,
  layouts: readonly Layout[] = LAYOUTS,
): Promise<ListedDataSet | undefined> {
  for (const layout of LAYOUTS.filter((candidate) => layouts.includes(candidate))) {
    const found = await LISTERS[layout](tree, readText);
    if (!found) continue;
    const byName = (a: { name: string }, b: { name: string }): number => compareNaturally(a.name, b.name);
    return { layout, ...found, cases: [...found.cases].sort(byName), incomplete: [...found.incomplete].sort(byName) };
  }
  return undefined;
}

/** Why an incomplete case cannot be used, in a sentence. */
export function missingSentence(missing: IncompleteCase['missing'] | 'prediction'): string {
  return missing === 'entry' ? 'The dataset.json does not list this case.' : `There is no ${missing} for this case.`;
}

/** What to say where nothing was recognized. */
export function unknownLayout(): VoxwatchError {
  return new VoxwatchError('INPUT_EMPTY', 'The data folder holds no labelled cases in a layout that is known.');
}
