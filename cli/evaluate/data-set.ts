/**
 * A folder → its labelled cases, as `evaluate` takes them: on the disk, and named where they cannot be scored.
 * The layouts are in formats/data-sets/.
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabelSet } from '../../core/label-table.ts';
import type { FailedCase } from '../../evaluate/score-document.ts';
import { LAYOUTS, type Layout, listDataSet, unknownLayout } from '../../formats/data-sets/data-set.ts';
import { missingSentence } from '../../formats/data-sets/listing.ts';
import { walkFolder } from '../../train/data/walk-folder.ts';

/** Where a case lies; a file or, for images, a folder of DICOM. */
export interface CaseFiles {
  readonly name: string;
  readonly truth: string;
  readonly image?: string;
}

export interface DataSet {
  readonly layout: Layout;
  /** By name. */
  readonly cases: readonly CaseFiles[];
  /** Cases with one half only. */
  readonly failures: readonly FailedCase[];
  /** What the layout, or its `dataset.json`, says about labels. */
  readonly labels?: LabelSet;
}

/** Slices in NumPy files lie nowhere in space: what is scored in millimetres cannot be scored on them. */
const SCORED_LAYOUTS = LAYOUTS.filter((layout) => layout !== 'numpy');

/**
 * Lists the cases.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`; `INPUT_EMPTY` where no layout is recognized; `CONFIG_INVALID`.
 */
export async function openDataSet(folder: string): Promise<DataSet> {
  const readText = (path: string): Promise<string> => readFile(join(folder, path), 'utf8');
  const found = await listDataSet(await walkFolder(folder), readText, SCORED_LAYOUTS);
  if (!found) throw unknownLayout();
  return {
    layout: found.layout,
    cases: found.cases.map(({ name, truth, image }) => ({
      name,
      truth: join(folder, truth),
      ...(image ? { image: join(folder, image) } : {}),
    })),
    failures: found.incomplete.map(({ name, missing: what }) => missing(name, what)),
    ...(found.labels ? { labels: found.labels } : {}),
  };
}

/** The prediction of a case: `NAME.nii.gz`, `NAME/mask.nii.gz` (our results), or as the challenges name them. */
export async function findPrediction(folder: string, name: string): Promise<string | undefined> {
  const number = /(\d+)$/.exec(name)?.[1];
  const stems = [
    name,
    join(name, 'mask'),
    join(name, 'segmentation'),
    ...(number ? [`prediction_${number}`, `segmentation-${number}`, `test-segmentation-${number}`] : []),
  ];
  for (const stem of stems)
    for (const end of ['.nii.gz', '.nii']) if (await isFile(join(folder, stem + end))) return join(folder, stem + end);
  return undefined;
}

/** What becomes of a case whose other half is not there. */
export function missing(name: string, what: Parameters<typeof missingSentence>[0]): FailedCase {
  return { name, code: 'INPUT_NOT_FOUND', message: missingSentence(what) };
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
