/**
 * A data folder → its labelled cases, by the layout that it has. One file a layout; training and evaluation list with
 * the same ones.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { listDecathlon } from './decathlon.ts';
import { compareNaturally, type FileTree } from './file-tree.ts';
import { listKits } from './kits.ts';
import type { Listing, ReadText } from './listing.ts';
import { listLits } from './lits.ts';
import { listNumpySlices } from './numpy-slices.ts';
import { listPairs } from './pairs.ts';

/** In the order in which they are tried: the one that asks for most comes first. */
export const LAYOUTS = ['msd', 'kits', 'lits', 'numpy', 'pairs'] as const;

export type Layout = (typeof LAYOUTS)[number];

/** Cases are in the natural order of their names. */
export interface ListedDataSet extends Listing {
  readonly layout: Layout;
}

/** Nothing where the folder has another layout. */
type Found = Listing | undefined;

const LISTERS: Readonly<Record<Layout, (tree: FileTree, readText: ReadText) => Found | Promise<Found>>> = {
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

/** What to say where nothing was recognized. */
export function unknownLayout(): VoxwatchError {
  return new VoxwatchError(
    'INPUT_EMPTY',
    `The data folder holds no labelled cases in a layout that is known (${LAYOUTS.join(', ')}: see docs/training-data.md).`,
  );
}
