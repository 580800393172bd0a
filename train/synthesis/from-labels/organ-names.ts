/**
 * Names of organs, as label maps give them, → tissues; and the names of TotalSegmentator's labels.
 *
 * Source of the names: TotalSegmentator 2, `map_to_binary.py`, class map `total` (Apache-2.0).
 * @module
 */
import type { Tissue } from './tissues.ts';

/** Tried in this order, on names in lower case with `_` between words. */
const PATTERNS: readonly (readonly [pattern: RegExp, tissue: Tissue])[] = [
  [/^kidney_cyst(_left|_right)?$/, 'kidney-cyst'],
  [/^kidney_(tumou?r|lesion)$/, 'kidney-lesion'],
  [/^(liver|hepatic)_(tumou?r|lesion)s?$/, 'liver-lesion'],
  [/^(left_|right_)?kidney(_left|_right)?$/, 'renal-cortex'],
  [/^liver$/, 'liver'],
  [/^spleen$/, 'spleen'],
  [/^pancreas$/, 'pancreas'],
  [/^gall_?bladder$/, 'gallbladder'],
  [/^(stomach|o?esophagus)$/, 'stomach'],
  [/^(small_bowel|duodenum|colon|bowel|rectum)$/, 'bowel'],
  [/^adrenal_gland(_left|_right)?$/, 'adrenal'],
  [/^(urinary_)?bladder$/, 'bladder'],
  [/^lung(_|$)/, 'lung'],
  [/^trachea$/, 'gas'],
  [/^(aorta|brachiocephalic_trunk|(iliac|subclavian|common_carotid)_artery(_left|_right)?)$/, 'artery'],
  [
    /^(pulmonary_vein|portal_vein_and_splenic_vein|(superior|inferior)_vena_cava|(brachiocephalic_vein|iliac_vena)_(left|right))$/,
    'vein',
  ],
  [/^(heart|atrial_appendage_left)$/, 'heart'],
  [/^(vertebrae?_|rib_)[a-z0-9_]+$|^(sacrum|sternum|skull)$/, 'bone'],
  [/^(humerus|scapula|clavicula|femur|hip)(_left|_right)?$/, 'bone'],
  [/^costal_cartilages$/, 'cartilage'],
  [/^(gluteus_(maximus|medius|minimus)|autochthon|iliopsoas|psoas)(_left|_right)?$/, 'muscle'],
  [/^(spinal_cord|brain)$/, 'nerve'],
  [/^(prostate|thyroid_gland|uterus)$/, 'soft-tissue'],
];

/** @returns nothing for a name that is not known. */
export function tissueOfOrgan(name: string): Tissue | undefined {
  const plain = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
  return PATTERNS.find(([pattern]) => pattern.test(plain))?.[1];
}

const sides = (...names: readonly string[]): string[] => names.flatMap((name) => [`${name}_left`, `${name}_right`]);
const numbered = (name: string, from: number, to: number): string[] =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, n) => `${name}${from + (to < from ? -n : n)}`);

/** Names of the labels 1 … 117, in order. */
export const TOTALSEGMENTATOR_NAMES: readonly string[] = [
  ...['spleen', 'kidney_right', 'kidney_left', 'gallbladder', 'liver', 'stomach', 'pancreas'],
  ...['adrenal_gland_right', 'adrenal_gland_left', 'lung_upper_lobe_left', 'lung_lower_lobe_left'],
  ...['lung_upper_lobe_right', 'lung_middle_lobe_right', 'lung_lower_lobe_right', 'esophagus', 'trachea', 'thyroid_gland'],
  ...['small_bowel', 'duodenum', 'colon', 'urinary_bladder', 'prostate', 'kidney_cyst_left', 'kidney_cyst_right'],
  ...['sacrum', 'vertebrae_S1', ...numbered('vertebrae_L', 5, 1), ...numbered('vertebrae_T', 12, 1)],
  ...[...numbered('vertebrae_C', 7, 1), 'heart', 'aorta', 'pulmonary_vein', 'brachiocephalic_trunk'],
  ...['subclavian_artery_right', 'subclavian_artery_left', 'common_carotid_artery_right', 'common_carotid_artery_left'],
  ...['brachiocephalic_vein_left', 'brachiocephalic_vein_right', 'atrial_appendage_left', 'superior_vena_cava'],
  ...['inferior_vena_cava', 'portal_vein_and_splenic_vein', 'iliac_artery_left', 'iliac_artery_right', 'iliac_vena_left'],
  ...['iliac_vena_right', ...sides('humerus', 'scapula', 'clavicula', 'femur', 'hip'), 'spinal_cord'],
  ...[...sides('gluteus_maximus', 'gluteus_medius', 'gluteus_minimus', 'autochthon', 'iliopsoas'), 'brain', 'skull'],
  ...[...numbered('rib_left_', 1, 12), ...numbered('rib_right_', 1, 12), 'sternum', 'costal_cartilages'],
];
