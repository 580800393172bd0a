/**
 * What the masks of the challenges' data sets mean, and the labels of the bundles made from them.
 * @module
 */
import type { Label, LabelTable } from '../../core/label-table.ts';

export const KIDNEY: Label = {
  index: 1,
  name: 'kidney',
  color: '#00ffff',
  code: { scheme: 'SCT', value: '64033007', meaning: 'Kidney' },
};

/** As report 004 colours the liver. */
export const LIVER: Label = {
  index: 1,
  name: 'liver',
  color: '#00ffff',
  code: { scheme: 'SCT', value: '10200004', meaning: 'Liver' },
};

const NEOPLASM = { scheme: 'SCT', value: '108369006', meaning: 'Neoplasm' } as const;

export const TUMOUR: Label = { index: 2, name: 'tumour', color: '#ffff00', code: NEOPLASM };

/** Of a bundle that marks nothing else. */
export const ONLY_TUMOUR: Label = { ...TUMOUR, index: 1 };

/** KiTS19. */
export const KIDNEY_LABELS: LabelTable = [KIDNEY, TUMOUR];

/** LiTS. */
export const LIVER_LABELS: LabelTable = [LIVER, TUMOUR];
