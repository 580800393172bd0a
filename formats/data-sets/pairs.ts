/**
 * Pairs by name: `images/` and `labels/` (or `truth/`), or truths alone where predictions come from elsewhere.
 * @module
 */

import { entriesIn, type FileTree, firstFile, NIFTI, nameOf, stemOf } from './file-tree.ts';
import type { IncompleteCase, ListedCase, Listing } from './listing.ts';

export function listPairs(tree: FileTree): Listing | undefined {
  const top = entriesIn(tree, '');
  const truths = ['labels', 'truth'].find((name) => top.folders.includes(name));
  if (truths) {
    // DICOM phantoms lie beside their truths, one folder a case.
    const images = top.folders.includes('images') ? 'images' : '';
    const { cases, incomplete } = pairByName(tree, images, truths);
    return { cases, incomplete: images === '' ? [] : incomplete };
  }
  const alone = top.files.filter((file) => NIFTI.test(file)).map((file): ListedCase => ({ name: stemOf(file), truth: file }));
  const inFolders = top.folders.flatMap((folder): ListedCase[] => {
    const mask = firstFile(
      tree,
      ['mask.nii.gz', 'segmentation.nii.gz'].map((file) => `${folder}/${file}`),
    );
    return mask ? [{ name: nameOf(folder), truth: mask }] : [];
  });
  const cases = [...alone, ...inFolders];
  return cases.length > 0 ? { cases, incomplete: [] } : undefined;
}

/** Truths and images of two folders by name; an image may end in nnU-Net's channel number, or be a folder. */
export function pairByName(
  tree: FileTree,
  images: string,
  truths: string,
): { readonly cases: ListedCase[]; readonly incomplete: IncompleteCase[] } {
  const { files, folders } = entriesIn(tree, images);
  const imageOf = new Map([...files, ...folders].map((path) => [stemOf(path).replace(/_0000$/, ''), path]));
  const truthFiles = entriesIn(tree, truths).files.filter((file) => NIFTI.test(file));
  const names = new Set(truthFiles.map(stemOf));
  return {
    cases: truthFiles.map((truth) => {
      const image = imageOf.get(stemOf(truth));
      return { name: stemOf(truth), truth, ...(image ? { image } : {}) };
    }),
    incomplete: [...imageOf]
      .filter(([name]) => !names.has(name))
      .map(([name, found]): IncompleteCase => ({ name, missing: 'truth', found })),
  };
}
