/**
 * Data folders → a few slices worth looking at: of the first cases, the slice that shows most of the rarest label.
 * @module
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { contentOf } from '../../train/data/fill-stores.ts';
import { listCases } from '../../train/data/list-cases.ts';
import { readCase } from '../../train/data/read-case.ts';
import type { SliceSource } from '../../train/data/sample-batch.ts';
import { type SliceFacts, SliceStore } from '../../train/data/slice-store.ts';
import { type Recipe, type StageRecipe, sliceGrid } from '../../train/recipe.ts';

/** Cases that are read, and slices that are shown. */
const CASES = 3;

/** Holds the slices of the cases that are read, while the page is made. */
const SCRATCH_FILE = 'examples.slices';

export interface ExampleSlices {
  /** One a case. */
  readonly slices: SliceSource;
  readonly remove: () => Promise<void>;
}

export interface ExampleRequest {
  readonly recipe: Recipe;
  readonly dataFolders: readonly string[];
  /** Where the scratch file may lie. */
  readonly out: string;
  readonly onLeftOut: (reason: string) => void;
}

/** @throws {VoxwatchError} `INPUT_EMPTY` where no case can be read. */
export async function readExampleSlices({ recipe, dataFolders, out, onLeftOut }: ExampleRequest): Promise<ExampleSlices> {
  const path = join(out, SCRATCH_FILE);
  let store: SliceStore | undefined;
  const remove = async (): Promise<void> => {
    store?.close();
    await rm(path, { force: true });
  };
  try {
    let read = 0;
    const labels = Math.max(...recipe.truthLabels.map(({ index }) => index)) + 1;
    const { cases, leftOut } = await listCases(dataFolders, { first: recipe.layout });
    for (const { message } of leftOut) onLeftOut(message);
    for (const entry of cases) {
      if (read === CASES) break;
      try {
        const labelled = await readCase(entry, { labels });
        store ??= new SliceStore(path, { grid: sliceGrid(recipe.stages[0] as StageRecipe), content: contentOf(labelled) });
        if (labelled.kind === 'picture') store.addPicture(entry.id, labelled);
        else store.add(entry.id, labelled);
        read++;
      } catch (thrown) {
        if (!(thrown instanceof VoxwatchError)) throw thrown;
        onLeftOut(thrown.message);
      }
    }
    if (!store) throw new VoxwatchError('INPUT_EMPTY', 'No case of the data folder could be read.');
    const filled = store;
    const shown = showiestSlices(filled.facts);
    const facts = shown.map((index) => filled.facts[index] as SliceFacts);
    const slices = { sizePixels: filled.sizePixels, facts, read: (n: number) => filled.read(shown[n] as number) };
    return { slices, remove };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

/** Of each case, the slice with most pixels of the highest label it has. @returns indices, in the order of the cases. */
export function showiestSlices(facts: readonly SliceFacts[]): number[] {
  const best = new Map<string, { readonly index: number; readonly label: number; readonly pixels: number }>();
  facts.forEach(({ case: name, labelPixels }, index) => {
    const label = labelPixels.findLastIndex((pixels) => pixels > 0);
    const pixels = labelPixels[label] ?? 0;
    const before = best.get(name);
    if (!before || label > before.label || (label === before.label && pixels > before.pixels))
      best.set(name, { index, label, pixels });
  });
  return [...best.values()].map(({ index }) => index);
}
