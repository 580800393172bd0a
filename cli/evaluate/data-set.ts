/**
 * A folder → its labelled cases, by the layout that it has.
 *
 * KiTS `case_XXXXX/imaging.nii.gz` + `segmentation.nii.gz` · LiTS `volume-N.nii` + `segmentation-N.nii` · Medical
 * Segmentation Decathlon `dataset.json`, `imagesTr/`, `labelsTr/` · pairs: `images/` and `labels/` (or `truth/`) paired by
 * name, or truths alone where predictions come from elsewhere.
 * @module
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { fileStem } from '../../daemon/intake/series-name.ts';
import { KITS_LABELS, type LabelSet, LITS_LABELS, type NamedLabel } from '../../evaluate/regions.ts';
import type { FailedCase } from '../../evaluate/score-document.ts';

export type Layout = 'kits' | 'lits' | 'msd' | 'pairs';

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

const NIFTI = /\.nii(\.gz)?$/i;

/**
 * Lists the cases.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`; `INPUT_EMPTY` where no layout is recognized.
 */
export async function listDataSet(folder: string): Promise<DataSet> {
  const entries = await namesIn(folder);
  if (!entries) throw new VoxwatchError('INPUT_NOT_FOUND', 'The data folder cannot be read.');
  const found =
    (entries.includes('dataset.json') ? await listDecathlon(folder) : undefined) ??
    (await listKits(folder, entries)) ??
    listLits(folder, entries) ??
    (await listPairs(folder, entries));
  if (!found) throw new VoxwatchError('INPUT_EMPTY', 'The data folder holds no labelled cases in a layout that is known.');
  const byName = (a: { name: string }, b: { name: string }): number => a.name.localeCompare(b.name, 'en', { numeric: true });
  return { ...found, cases: [...found.cases].sort(byName), failures: [...found.failures].sort(byName) };
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

type Listed = Omit<DataSet, 'cases' | 'failures'> & { readonly cases: CaseFiles[]; readonly failures: FailedCase[] };

async function listKits(folder: string, entries: readonly string[]): Promise<Listed | undefined> {
  const names = entries.filter((entry) => entry.startsWith('case_') && !NIFTI.test(entry));
  const listed: Listed = { layout: 'kits', cases: [], failures: [], labels: KITS_LABELS };
  for (const name of names) {
    const image = await firstFile(join(folder, name), ['imaging.nii.gz', 'imaging.nii']);
    const truth = await firstFile(join(folder, name), ['segmentation.nii.gz', 'segmentation.nii']);
    if (truth) listed.cases.push({ name, truth, ...(image ? { image } : {}) });
    else if (image) listed.failures.push(missing(name, 'truth'));
  }
  return listed.cases.length > 0 ? listed : undefined;
}

function listLits(folder: string, entries: readonly string[]): Listed | undefined {
  const numbered = (kind: 'volume' | 'segmentation'): ReadonlyMap<string, string> =>
    new Map(
      entries.flatMap((entry) => {
        const number = new RegExp(`^${kind}-(\\d+)\\.nii(\\.gz)?$`).exec(entry)?.[1];
        return number === undefined ? [] : [[number, join(folder, entry)] as const];
      }),
    );
  const [volumes, truths] = [numbered('volume'), numbered('segmentation')];
  if (truths.size === 0) return undefined;
  return {
    layout: 'lits',
    labels: LITS_LABELS,
    cases: [...truths].map(([number, truth]) => {
      const image = volumes.get(number);
      return { name: `volume-${number}`, truth, ...(image ? { image } : {}) };
    }),
    failures: [...volumes.keys()].filter((number) => !truths.has(number)).map((number) => missing(`volume-${number}`, 'truth')),
  };
}

async function listDecathlon(folder: string): Promise<Listed> {
  const labels = decathlonLabels(await readFile(join(folder, 'dataset.json'), 'utf8').catch(() => ''));
  const listed = await pair(join(folder, 'imagesTr'), join(folder, 'labelsTr'));
  return { layout: 'msd', ...listed, ...(labels ? { labels } : {}) };
}

/** `{"0": "background", "1": "liver"}` as in the Decathlon, or `{"background": 0, "liver": 1}` as nnU-Net writes it. */
function decathlonLabels(json: string): LabelSet | undefined {
  let entries: [string, unknown][];
  try {
    entries = Object.entries((JSON.parse(json) as { labels?: object }).labels ?? {});
  } catch (cause) {
    throw new VoxwatchError('CONFIG_INVALID', 'The dataset.json of the data folder is not JSON.', {}, cause);
  }
  const labels = entries
    .map(([key, value]): NamedLabel => {
      const isIndexFirst = /^\d+$/.test(key);
      return isIndexFirst ? { index: Number(key), name: String(value) } : { index: Number(value), name: key };
    })
    .filter(({ index }) => Number.isInteger(index) && index >= 1 && index <= 255)
    .sort((a, b) => a.index - b.index);
  return labels[0] ? { labels, organLabel: labels[0].index } : undefined;
}

async function listPairs(folder: string, entries: readonly string[]): Promise<Listed | undefined> {
  const truths = ['labels', 'truth'].find((name) => entries.includes(name));
  if (truths) {
    // DICOM phantoms lie beside their truths, one folder a case.
    const images = entries.includes('images') ? join(folder, 'images') : folder;
    const listed = await pair(images, join(folder, truths));
    return { layout: 'pairs', ...listed, failures: images === folder ? [] : listed.failures };
  }
  const cases: CaseFiles[] = [];
  for (const entry of entries) {
    if (NIFTI.test(entry)) cases.push({ name: fileStem(entry), truth: join(folder, entry) });
    else {
      const mask = await firstFile(join(folder, entry), ['mask.nii.gz', 'segmentation.nii.gz']);
      if (mask) cases.push({ name: entry, truth: mask });
    }
  }
  return cases.length > 0 ? { layout: 'pairs', cases, failures: [] } : undefined;
}

/** Truths and images of two folders by name; an image may end in nnU-Net's channel number, or be a folder. */
async function pair(images: string, truths: string): Promise<{ cases: CaseFiles[]; failures: FailedCase[] }> {
  // macOS leaves `._` files in archives; the Decathlon's are full of them.
  const visible = async (dir: string): Promise<string[]> => ((await namesIn(dir)) ?? []).filter((name) => !name.startsWith('.'));
  const imageOf = new Map((await visible(images)).map((name) => [fileStem(name).replace(/_0000$/, ''), join(images, name)]));
  const truthFiles = (await visible(truths)).filter((name) => NIFTI.test(name));
  const names = new Set(truthFiles.map(fileStem));
  return {
    cases: truthFiles.map((file) => {
      const image = imageOf.get(fileStem(file));
      return { name: fileStem(file), truth: join(truths, file), ...(image ? { image } : {}) };
    }),
    failures: [...imageOf.keys()].filter((name) => !names.has(name)).map((name) => missing(name, 'truth')),
  };
}

/** What becomes of a case whose other half is not there. */
export function missing(name: string, what: 'truth' | 'image' | 'prediction'): FailedCase {
  return { name, code: 'INPUT_NOT_FOUND', message: `There is no ${what} for this case.` };
}

function namesIn(folder: string): Promise<string[] | undefined> {
  return readdir(folder).then(
    (names) => names.sort(),
    () => undefined,
  );
}

async function firstFile(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) if (await isFile(join(folder, name))) return join(folder, name);
  return undefined;
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
