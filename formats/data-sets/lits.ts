/**
 * The LiTS layout: `volume-N.nii` and `segmentation-N.nii`, gzipped or not, in one folder or in sub-folders: the challenge
 * ships `Training Batch 1` and `2`; a copy in wide use has `segmentations/` in one archive and `volume_pt1` … `volume_pt8`
 * spread over two, so that halves may also have to be brought together from several data folders.
 * @module
 */
import type { LabelSet } from '../../core/label-table.ts';
import { type FileTree, nameOf } from './file-tree.ts';
import type { Listing } from './listing.ts';

export const LITS_LABELS: LabelSet = {
  labels: [
    { index: 1, name: 'liver' },
    { index: 2, name: 'tumour' },
  ],
  organLabel: 1,
};

export function listLits({ files }: FileTree): Listing | undefined {
  const volumes = numbered(files, 'volume');
  const truths = numbered(files, 'segmentation');
  if (truths.size + volumes.size === 0) return undefined;
  return {
    labels: LITS_LABELS,
    cases: [...truths].map(([number, truth]) => {
      const image = volumes.get(number);
      return { name: `volume-${number}`, truth, ...(image ? { image } : {}) };
    }),
    incomplete: [...volumes]
      .filter(([number]) => !truths.has(number))
      .map(([number, found]) => ({ name: `volume-${number}`, missing: 'truth', found })),
  };
}

/** Number → file; of several with one number the first, as a copy beside its archive is. */
function numbered(files: readonly string[], kind: 'volume' | 'segmentation'): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of files) {
    const number = new RegExp(`^${kind}-(\\d+)\\.nii(\\.gz)?$`).exec(nameOf(file))?.[1];
    if (number !== undefined && !found.has(number)) found.set(number, file);
  }
  return found;
}
