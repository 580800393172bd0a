/**
 * Data folders → the two slice stores of a run. Lists the cases, splits them, reads them, and writes what became of them:
 * `split.json` and `left-out.json` in the run's folder.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode } from '../../core/errors.ts';
import type { Layout } from '../../formats/data-sets/data-set.ts';
import { type FilledStore, fillStore, type StorePlace } from './fill-stores.ts';
import { type CaseList, listCases } from './list-cases.ts';
import { type DataPlan, type DataSelection, planData, type SplitChoice } from './plan-data.ts';
import { casesOfSide } from './side-cases.ts';
import type { SliceGrid } from './slice-grid.ts';
import { SPLIT_FILE, splitText } from './split-file.ts';

/** What the user says about the data. */
export interface DataOptions {
  readonly folders: readonly string[];
  /** Where it is not to be recognized. */
  readonly layout?: Layout;
  /** The recipe's, where it is absent. */
  readonly split?: SplitChoice;
  /** Number in the masks → label; others are then background. */
  readonly renamed?: ReadonlyMap<number, number>;
  readonly selection?: DataSelection;
  /** Where slices are kept for later runs; absent: in the run's folder, until it ends. */
  readonly cacheFolder?: string;
}

/** What the run says about them. */
export interface DataNeeds {
  /** The run's folder. */
  readonly out: string;
  readonly seed: number;
  /** Where the user does not say: tried before the others are. */
  readonly layout: Layout;
  /** Where the user does not say. */
  readonly split: SplitChoice;
  /** Labels that masks may hold: 0 … labels − 1. */
  readonly labels: number;
  readonly grid: SliceGrid;
  /** Truth labels that slices have the centroid of; absent = all. */
  readonly focus?: readonly number[];
  /** What of the data to take, where the user does not say. */
  readonly selection?: DataSelection;
  readonly onProgress: (line: DataProgress) => void;
}

export type DataProgress =
  | { readonly kind: 'reading'; readonly done: number; readonly total: number }
  | { readonly kind: 'left-out'; readonly code: ErrorCode; readonly reason: string }
  | { readonly kind: 'note'; readonly text: string };

export interface PreparedData {
  readonly train: FilledStore;
  readonly validation: FilledStore;
}

export const LEFT_OUT_FILE = 'left-out.json';

/** @throws {VoxwatchError} `INPUT_NOT_FOUND`, `INPUT_EMPTY`, `USAGE`, `CONFIG_INVALID`; the system's error for a full disk. */
export async function prepareData(options: DataOptions, needs: DataNeeds): Promise<PreparedData> {
  const { out, seed, onProgress } = needs;
  const list = await listCases(options.folders, {
    first: needs.layout,
    ...(options.layout ? { only: options.layout } : {}),
  });
  const selection = { ...needs.selection, ...options.selection };
  const plan = await planData(list, {
    choice: options.split ?? needs.split,
    seed,
    selection,
  });
  await writeFile(join(out, SPLIT_FILE), splitText(plan.sides, { split: plan.splitName, seed }));
  for (const text of notesOn(list, plan)) onProgress({ kind: 'note', text });
  for (const { code, message } of plan.leftOut) onProgress({ kind: 'left-out', code, reason: message });
  const { train, validation } = await fillSides(plan, list, { ...options, selection }, needs);
  const leftOut = [...plan.leftOut, ...train.leftOut, ...validation.leftOut];
  await writeFile(join(out, LEFT_OUT_FILE), `${JSON.stringify(leftOut, null, 2)}\n`);
  if (leftOut.length > 0) {
    const total = list.cases.length + list.leftOut.length;
    onProgress({ kind: 'note', text: `${leftOut.length} of ${total} cases were left out; ${LEFT_OUT_FILE} says which` });
  }
  const resized = train.resized + validation.resized;
  if (resized > 0) {
    const text = `slices of ${resized} cases have another matrix: they were resized to ${needs.grid.sizePixels.join(' × ')}, as the runtime does`;
    onProgress({ kind: 'note', text });
  }
  return { train, validation };
}

function notesOn({ cases }: CaseList, { leaks }: DataPlan): string[] {
  const slices = cases.filter(({ format }) => format === 'numpy');
  const areAlone = slices.length > 1 && slices.every(({ id, patient }) => patient.endsWith(id));
  return [
    ...(leaks
      ? [
          'this split puts slices of one patient on both sides, so validation figures come out too good; it is offered because a report was measured with it',
        ]
      : []),
    ...(areAlone && !leaks ? ['the names of the slices tell no patients: each slice is split as if it were one of its own'] : []),
  ];
}

async function fillSides(
  { sides }: DataPlan,
  { cases }: CaseList,
  { renamed, selection, cacheFolder }: DataOptions,
  { out, labels, grid, focus, onProgress }: DataNeeds,
): Promise<PreparedData> {
  const place: StorePlace = cacheFolder === undefined ? { kind: 'run', folder: out } : { kind: 'kept', folder: cacheFolder };
  await mkdir(place.folder, { recursive: true });
  const fillSide = (side: 'train' | 'validation'): Promise<FilledStore> =>
    fillStore({
      side,
      cases: casesOfSide(sides[side], cases),
      grid,
      ...(focus ? { focus } : {}),
      rules: { labels, ...(renamed ? { renamed } : {}) },
      everyNthSlice: selection?.everyNthSlice ?? 1,
      place,
      onCase: ({ done, of, leftOut }) => {
        if (leftOut) onProgress({ kind: 'left-out', code: leftOut.code, reason: leftOut.message });
        onProgress({ kind: 'reading', done, total: of });
      },
    });
  const train = await fillSide('train');
  const validation = await fillSide('validation').catch(async (thrown: unknown) => {
    await train.release();
    throw thrown;
  });
  return { train, validation };
}
