/**
 * Data folders and a split → what each side of a run consists of, before anything large is read.
 * @module
 */
import { open } from 'node:fs/promises';
import { VoxwatchError } from '../../core/errors.ts';
import { HEADER_START_BYTES, readNiftiHeader } from '../../formats/nifti/read-nifti.ts';
import { axialView } from '../../preprocess/reorient.ts';
import type { CaseList, LeftOutCase, TrainingCase } from './list-cases.ts';
import { splitGaps } from './side-cases.ts';
import { leaks, type Sides, SPLITS, type SplitName, splitCases } from './split.ts';
import { readSplit } from './split-file.ts';

/** How a run is to split: by a name of {@link SPLITS}, or as a file says. */
export type SplitChoice = { readonly kind: 'name'; readonly name: SplitName } | { readonly kind: 'file'; readonly file: string };

/** What of the data to take: every n-th case, and of each every n-th slice from the feet; report 004 took 3 and 2. */
export interface DataSelection {
  readonly everyNthCase?: number;
  readonly everyNthSlice?: number;
}

export interface DataPlan {
  readonly sides: Sides;
  readonly leftOut: readonly LeftOutCase[];
  /** Whether slices of one patient may stand on both sides. */
  readonly leaks: boolean;
  /** For the file of the split. */
  readonly splitName: string;
}

/** @throws {VoxwatchError} as {@link readSplit}; `INPUT_EMPTY` where a side has no case. */
export async function planData(
  list: CaseList,
  { choice, seed, selection = {} }: { readonly choice: SplitChoice; readonly seed: number; readonly selection?: DataSelection },
): Promise<DataPlan> {
  const nth = selection.everyNthCase ?? 1;
  const cases = list.cases.filter((_, index) => index % nth === 0);
  const sides = choice.kind === 'file' ? await readSplit(choice.file) : await drawn(choice.name, seed, cases);
  for (const side of ['train', 'validation'] as const) {
    if (sides[side].length > 0) continue;
    throw new VoxwatchError('INPUT_EMPTY', `The split leaves no case for the ${side} side: a split needs at least two patients.`);
  }
  return {
    sides,
    leftOut: [...list.leftOut, ...(choice.kind === 'file' ? splitGaps(sides, cases) : [])],
    leaks: choice.kind === 'name' && leaks(SPLITS[choice.name]),
    splitName: choice.kind === 'name' ? choice.name : 'file',
  };
}

async function drawn(name: SplitName, seed: number, cases: readonly TrainingCase[]): Promise<Sides> {
  const spec = SPLITS[name];
  if (spec.kind !== 'slices-at-random') return splitCases(seed, cases, spec);
  const counts = new Map<string, number>();
  for (const one of cases) if (one.format === 'nifti') counts.set(one.id, await slicesOf(one.image));
  return splitCases(seed, cases, spec, ({ id }) => counts.get(id) ?? 0);
}

/** Axial slices, by the header; one that cannot be read has one, so that reading it names it as left out. */
async function slicesOf(image: string): Promise<number> {
  try {
    const file = await open(image);
    try {
      const { bytesRead, buffer } = await file.read(new Uint8Array(HEADER_START_BYTES), 0, HEADER_START_BYTES, 0);
      return axialView(readNiftiHeader(buffer.subarray(0, bytesRead)).geometry).sizeVoxels[2];
    } finally {
      await file.close();
    }
  } catch {
    return 1;
  }
}
