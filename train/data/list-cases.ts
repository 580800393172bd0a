/**
 * Data folders → the cases to train on, each with an id that is unique over all of them, and those that are not whole.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, VoxwatchError } from '../../core/errors.ts';
import type { LabelSet } from '../../core/label-table.ts';
import { LAYOUTS, type Layout, type ListedDataSet, listDataSet, unknownLayout } from '../../formats/data-sets/data-set.ts';
import { NIFTI } from '../../formats/data-sets/file-tree.ts';
import { missingSentence } from '../../formats/data-sets/listing.ts';
import { walkFolder } from './walk-folder.ts';

export interface TrainingCase {
  /** Its name; where several data folders have it, with the folder's number before: `2/case_00000`. */
  readonly id: string;
  /** Cases of one patient have the same. */
  readonly patient: string;
  readonly format: 'nifti' | 'numpy';
  readonly image: string;
  readonly truth: string;
}

/** A case that cannot be used, and why. */
export interface LeftOutCase {
  readonly id: string;
  readonly code: ErrorCode;
  /** Without names: it may stand in a log. */
  readonly message: string;
}

export interface CaseList {
  /** One a data folder. */
  readonly layouts: readonly Layout[];
  /** Folder by folder, in the natural order of names. */
  readonly cases: readonly TrainingCase[];
  readonly leftOut: readonly LeftOutCase[];
  /** What the first data folder that says so calls its labels. */
  readonly labels?: LabelSet;
}

/**
 * Which layout the folders have: `only` where the user says so, `first` what is tried before the others, but for a
 * `dataset.json` with cases: it says what they are, and a folder of the Decathlon may hold files named as LiTS names them.
 */
export interface LayoutWish {
  readonly only?: Layout;
  readonly first?: Layout;
}

/**
 * Lists the cases of all folders.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`; `INPUT_EMPTY` where a folder has no layout that is known, or no case is
 *   whole; `CONFIG_INVALID` for a `dataset.json` that is not one.
 */
export async function listCases(folders: readonly string[], wish: LayoutWish = {}): Promise<CaseList> {
  const sets = await openAll(folders, wish);
  const parts = sets.flatMap((set, index) => partsOf(set, folders[index] as string, index + 1));
  const whole = joinHalves(parts);
  const folderCount = new Map<string, number>();
  for (const { name } of whole) folderCount.set(name, (folderCount.get(name) ?? 0) + 1);
  const ids = whole.map(({ name, folder }) => ((folderCount.get(name) ?? 0) > 1 ? `${folder}/${name}` : name));
  const cases: TrainingCase[] = [];
  const leftOut: LeftOutCase[] = [];
  whole.forEach(({ patient, folder, image, truth, missing, format }, index) => {
    const id = ids[index] as string;
    const isReadable = format === 'numpy' || image === undefined || NIFTI.test(image);
    if (missing) leftOut.push({ id, code: 'INPUT_NOT_FOUND', message: missingSentence(missing) });
    else if (!isReadable) leftOut.push({ id, code: 'INPUT_UNKNOWN_FORMAT', message: NOT_NIFTI });
    else {
      const own = patient === undefined ? id : folders.length > 1 ? `${folder}/${patient}` : patient;
      cases.push({ id, patient: own, format, image: image as string, truth: truth as string });
    }
  });
  if (cases.length === 0) {
    throw new VoxwatchError(
      'INPUT_EMPTY',
      leftOut.length === 0
        ? 'The data folder holds no labelled cases.'
        : `None of the ${leftOut.length} cases of the data folder is whole. The first: ${leftOut[0]?.message}`,
    );
  }
  const labels = sets.find((set) => set.labels)?.labels;
  return { layouts: sets.map((set) => set.layout), cases, leftOut, ...(labels ? { labels } : {}) };
}

const NOT_NIFTI = 'The image of this case is not NIfTI: training reads no DICOM; turn it into NIfTI with “voxwatch convert”.';

/** The layout of folders that say themselves what they hold. */
const DESCRIBED: Layout = 'msd';

function openAll(folders: readonly string[], { only, first }: LayoutWish): Promise<ListedDataSet[]> {
  return Promise.all(
    folders.map(async (folder) => {
      const tree = await walkFolder(folder);
      const open = (layouts: readonly Layout[]): Promise<ListedDataSet | undefined> =>
        listDataSet(tree, (path) => readFile(join(folder, path), 'utf8'), layouts);
      const described = only ? undefined : await open([DESCRIBED]);
      if (described && described.cases.length > 0) return described;
      const set = only ? await open([only]) : ((first && (await open([first]))) ?? (await open(LAYOUTS)));
      if (set) return set;
      if (only) throw new VoxwatchError('INPUT_EMPTY', `The data folder does not have the layout “${only}”.`);
      throw unknownLayout();
    }),
  );
}

/** A case, or half of one, of one data folder. */
interface Part {
  readonly name: string;
  readonly folder: number;
  readonly layout: Layout;
  readonly format: TrainingCase['format'];
  readonly patient?: string;
  readonly image?: string;
  readonly truth?: string;
  readonly missing?: 'truth' | 'image' | 'entry';
}

function partsOf({ layout, cases, incomplete }: ListedDataSet, path: string, folder: number): Part[] {
  const format = layout === 'numpy' ? 'numpy' : 'nifti';
  const shared = { folder, layout, format } as const;
  return [
    ...cases.map(({ name, patient, image, truth }): Part => {
      const files = image ? { image: join(path, image) } : { missing: 'image' as const };
      return { ...shared, name, truth: join(path, truth), ...files, ...(patient === undefined ? {} : { patient }) };
    }),
    ...incomplete.map(({ name, missing, found }): Part => {
      const half = found === undefined ? {} : missing === 'truth' ? { image: join(path, found) } : { truth: join(path, found) };
      return { ...shared, name, missing, ...half };
    }),
  ];
}

/** LiTS is also handed on with its masks in one archive and part of its volumes in another. */
function joinHalves(parts: readonly Part[]): readonly Part[] {
  const halves = parts.filter(({ layout, missing }) => layout === 'lits' && missing !== undefined);
  const joined = new Set<Part>();
  const whole = parts.map((part): Part => {
    if (!halves.includes(part) || part.missing !== 'image') return part;
    const other = halves.find((half) => half.missing === 'truth' && half.name === part.name && !joined.has(half));
    if (other?.image === undefined || part.truth === undefined) return part;
    joined.add(other);
    const { name, folder, layout, format } = part;
    return { name, folder, layout, format, truth: part.truth, image: other.image };
  });
  return whole.filter((part) => !joined.has(part));
}
