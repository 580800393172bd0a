/**
 * The tissues that label maps are reduced to before they are bent and painted, and the numbers that stand for them.
 * @module
 */

export const TISSUES = [
  'air',
  'fat',
  'soft-tissue',
  'muscle',
  'bone',
  'cartilage',
  'lung',
  'gas',
  'liver',
  'spleen',
  'renal-cortex',
  'renal-medulla',
  'pancreas',
  'gallbladder',
  'stomach',
  'bowel',
  'gut-gas',
  'adrenal',
  'bladder',
  'artery',
  'vein',
  'heart',
  'myocardium',
  'nerve',
  'liver-lesion',
  'kidney-lesion',
  'kidney-cyst',
] as const;

export type Tissue = (typeof TISSUES)[number];

/** The number of each tissue in an array of voxels; 0 is the air round the body. */
export const CODES = Object.fromEntries(TISSUES.map((tissue, code) => [tissue, code])) as Readonly<Record<Tissue, number>>;

/** Looks like itself in every contrast phase, and keeps what the real CT shows of it. */
export const UNCHANGED: readonly Tissue[] = ['air', 'bone', 'cartilage', 'lung', 'gas', 'gut-gas'];

/** A table that tells by code whether a tissue is one of those named. */
export function membership(tissues: readonly Tissue[]): Uint8Array {
  const table = new Uint8Array(TISSUES.length);
  for (const tissue of tissues) table[CODES[tissue]] = 1;
  return table;
}
