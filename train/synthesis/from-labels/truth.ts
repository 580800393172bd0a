/**
 * Tissues → labels of the truth, as a design says.
 * @module
 */
import { VoxwatchError } from '../../../core/errors.ts';
import { CODES, TISSUES, type Tissue } from './tissues.ts';

/** Names that stand for more than one tissue. */
const GROUPS: Readonly<Record<string, readonly Tissue[]>> = {
  kidney: ['renal-cortex', 'renal-medulla'],
  gut: ['stomach', 'bowel', 'gut-gas'],
};

/** Tissue, `kidney` or `gut` → label 1 … 255; what is not named is background. */
export type TruthDesign = Readonly<Record<string, number>>;

/** The names that a truth may have. */
export const TRUTH_NAMES: readonly string[] = [...Object.keys(GROUPS), ...TISSUES.slice(1)];

/** @returns label by tissue code. @throws {VoxwatchError} `CONFIG_INVALID` for a name of no tissue or a number of no label. */
export function truthTable(truth: TruthDesign): Uint8Array {
  const table = new Uint8Array(TISSUES.length);
  const entries = Object.entries(truth);
  if (entries.length === 0) throw wrong('The truth of a design must name at least one tissue.');
  for (const [name, label] of entries) {
    if (!TRUTH_NAMES.includes(name))
      throw wrong(`The truth of a design names no such tissue; there are: ${TRUTH_NAMES.join(', ')}.`);
    if (!Number.isInteger(label) || label < 1 || label > 255) throw wrong('Labels of the truth are whole numbers from 1 to 255.');
    for (const tissue of GROUPS[name] ?? [name as Tissue]) table[CODES[tissue]] = label;
  }
  return table;
}

function wrong(message: string): VoxwatchError {
  return new VoxwatchError('CONFIG_INVALID', message);
}
