/**
 * The layout of the Medical Segmentation Decathlon: `dataset.json` names the labels and lists the cases; images lie in
 * `imagesTr/`, masks in `labelsTr/`. nnU-Net writes the same folders and a `dataset.json` without the list.
 * Source: http://medicaldecathlon.com, nnU-Net's dataset_format.md.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { LabelSet, NamedLabel } from '../../core/label-table.ts';
import { type FileTree, firstFile, stemOf } from './file-tree.ts';
import type { IncompleteCase, ListedCase, Listing, ReadText } from './listing.ts';
import { pairByName } from './pairs.ts';

const DESCRIPTION = 'dataset.json';

/** @throws {VoxwatchError} `CONFIG_INVALID` for a `dataset.json` that is not JSON or cannot be read. */
export async function listDecathlon(tree: FileTree, readText: ReadText): Promise<Listing | undefined> {
  if (!firstFile(tree, [DESCRIPTION])) return undefined;
  const description = parse(await readText(DESCRIPTION).catch(() => ''));
  const labels = labelsOf(description.labels);
  const paired = pairByName(tree, 'imagesTr', 'labelsTr');
  const listed = listedCases(tree, description.training);
  if (!listed) return { ...paired, ...(labels ? { labels } : {}) };
  const named = new Set([...listed.cases, ...listed.incomplete].map(({ name }) => name));
  const unlisted = paired.cases
    .filter(({ name }) => !named.has(name))
    .map(({ name, truth }): IncompleteCase => ({ name, missing: 'entry', found: truth }));
  return { cases: listed.cases, incomplete: [...listed.incomplete, ...unlisted], ...(labels ? { labels } : {}) };
}

interface Description {
  readonly labels?: unknown;
  readonly training?: unknown;
}

function parse(json: string): Description {
  try {
    return (JSON.parse(json) ?? {}) as Description;
  } catch (cause) {
    throw new VoxwatchError('CONFIG_INVALID', 'The dataset.json of the data folder is not JSON.', {}, cause);
  }
}

/** `{"0": "background", "1": "liver"}` as in the Decathlon, or `{"background": 0, "liver": 1}` as nnU-Net writes it. */
function labelsOf(labels: unknown): LabelSet | undefined {
  const named = Object.entries((labels ?? {}) as object)
    .map(([key, value]): NamedLabel => {
      const isIndexFirst = /^\d+$/.test(key);
      return isIndexFirst ? { index: Number(key), name: String(value) } : { index: Number(value), name: key };
    })
    .filter(({ index }) => Number.isInteger(index) && index >= 1 && index <= 255)
    .sort((a, b) => a.index - b.index);
  return named[0] ? { labels: named, organLabel: named[0].index } : undefined;
}

/** The list `training`; only what lies below the data folder can be named, since only that is in the tree. */
function listedCases(
  tree: FileTree,
  training: unknown,
): { readonly cases: ListedCase[]; readonly incomplete: IncompleteCase[] } | undefined {
  if (!Array.isArray(training) || training.length === 0) return undefined;
  const [cases, incomplete]: [ListedCase[], IncompleteCase[]] = [[], []];
  for (const entry of training as { readonly image?: unknown; readonly label?: unknown }[]) {
    const path = (value: unknown): string => String(value ?? '').replace(/^\.\//, '');
    const [image, truth] = [firstFile(tree, [path(entry?.image)]), firstFile(tree, [path(entry?.label)])];
    const name = stemOf(path(entry?.label ?? entry?.image)) || `entry ${cases.length + incomplete.length + 1}`;
    if (image && truth) cases.push({ name, image, truth });
    else incomplete.push({ name, missing: truth ? 'image' : 'truth', ...(truth || image ? { found: truth ?? image ?? '' } : {}) });
  }
  return { cases, incomplete };
}
