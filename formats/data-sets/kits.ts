/**
 * The KiTS layout: a folder a case, `case_XXXXX/imaging.nii.gz` beside its mask, right in the data folder or, as the
 * challenges' repositories have it, in its `data/` (2019, 2021) or `dataset/` (2023).
 *
 * Masks: `segmentation.nii.gz` (2019, 2023); in 2021 several readers drew each structure, and
 * `aggregated_MAJ_seg.nii.gz`, their majority, is what most trained on.
 * Source: the READMEs of neheller/kits19, kits21 and kits23.
 * @module
 */
import type { LabelSet } from '../../core/label-table.ts';
import { entriesIn, type FileTree, firstFile, nameOf } from './file-tree.ts';
import type { IncompleteCase, ListedCase, Listing } from './listing.ts';

export const KITS_LABELS: LabelSet = {
  labels: [
    { index: 1, name: 'kidney' },
    { index: 2, name: 'tumour' },
    { index: 3, name: 'cyst' },
  ],
  organLabel: 1,
};

const IMAGES = ['imaging.nii.gz', 'imaging.nii'];
const MASKS = ['segmentation.nii.gz', 'segmentation.nii', 'aggregated_MAJ_seg.nii.gz'];

export function listKits(tree: FileTree): Listing | undefined {
  const places = ['', 'data', 'dataset'].map((place) =>
    entriesIn(tree, place).folders.filter((folder) => nameOf(folder).startsWith('case_')),
  );
  const cases: ListedCase[] = [];
  const incomplete: IncompleteCase[] = [];
  const empty: IncompleteCase[] = [];
  for (const folder of places.find((found) => found.length > 0) ?? []) {
    const name = nameOf(folder);
    const inFolder = (file: string): string => `${folder}/${file}`;
    const image = firstFile(tree, IMAGES.map(inFolder));
    const truth = firstFile(tree, MASKS.map(inFolder));
    if (truth) cases.push({ name, truth, ...(image ? { image } : {}) });
    else if (image) incomplete.push({ name, missing: 'truth', found: image });
    else empty.push({ name, missing: 'image' });
  }
  // Folders of such names alone are not this layout; beside its cases one without their files is a case that was lost.
  if (cases.length + incomplete.length === 0) return undefined;
  return { cases, incomplete: [...incomplete, ...empty], labels: KITS_LABELS };
}
