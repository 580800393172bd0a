/**
 * The regions and tolerances that each challenge scores.
 *
 * KiTS23: `kits23/configuration/labels.py`, hierarchical classes (labels 1 kidney, 2 tumour, 3 cyst). KiTS19:
 * `starter_code/evaluation.py` (labels above 0, labels above 1). LiTS: `evaluation_notebook.ipynb` (labels above 0, label 2); its
 * server scores by another program.
 * @module
 */
import type { ScoreOptions } from './scores.ts';

/** Labels `first` … 255: the challenges compare with `>`, so labels they do not name belong to it too. */
function labelsFrom(first: number): readonly number[] {
  return Array.from({ length: 256 - first }, (_, n) => first + n);
}

export const OFFICIAL_OPTIONS: Readonly<Record<'kits19' | 'kits23' | 'lits', ScoreOptions>> = {
  kits19: {
    definitions: 'kits19',
    regions: [
      { name: 'kidney with tumour', labels: labelsFrom(1) },
      { name: 'tumour', labels: labelsFrom(2) },
    ],
    surfaceToleranceMm: {},
    lesions: [],
  },
  kits23: {
    definitions: 'kits23',
    regions: [
      { name: 'kidney with masses', labels: [1, 2, 3] },
      { name: 'masses', labels: [2, 3] },
      { name: 'tumour', labels: [2] },
    ],
    surfaceToleranceMm: {
      'kidney with masses': 1.0330772532390826,
      masses: 1.1328796488598762,
      tumour: 1.1498198361434828,
    },
    lesions: [],
  },
  lits: {
    definitions: 'lits',
    regions: [
      { name: 'liver with lesions', labels: labelsFrom(1) },
      { name: 'lesions', labels: [2] },
    ],
    surfaceToleranceMm: {},
    lesions: [],
  },
};
