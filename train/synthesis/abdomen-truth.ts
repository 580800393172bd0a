/**
 * What the truth of a scan with all organs of the abdomen says: of phantoms, of anatomies, and in the recipes trained on them.
 *
 * Numbers rise with what is rare: slices are drawn by the highest label that they show.
 * @module
 */
import type { LabelTable } from '../../core/label-table.ts';

/** Organ → label. Cysts of a kidney are kidney; lesions of the liver are all alike. */
export const ABDOMEN_TRUTH = {
  lung: 1,
  'muscle and bone': 2,
  'heart and vessels': 3,
  'gut, gallbladder and pancreas': 4,
  spleen: 5,
  kidney: 6,
  liver: 7,
  'kidney lesion': 8,
  'liver lesion': 9,
} as const;

export const ABDOMEN_TRUTH_LABELS: LabelTable = Object.entries(ABDOMEN_TRUTH).map(([name, index]) => ({
  index,
  name,
  color: index >= ABDOMEN_TRUTH['kidney lesion'] ? '#ffff00' : '#00ffff',
  code: { scheme: '99VOXWATCH', value: `truth-${index}`, meaning: name },
}));
