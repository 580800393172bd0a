/**
 * What the numbers of a label map mean → the tissue of each number.
 * @module
 */
import { VoxwatchError } from '../../../core/errors.ts';
import { TOTALSEGMENTATOR_NAMES, tissueOfOrgan } from './organ-names.ts';
import { CODES, TISSUES, type Tissue } from './tissues.ts';

/** Label of a map → name of the organ. */
export type LabelNames = ReadonlyMap<number, string>;

/** Tables that need no file. */
export const KNOWN_LABEL_NAMES: Readonly<Record<string, LabelNames>> = {
  totalsegmentator: new Map(TOTALSEGMENTATOR_NAMES.map((name, n) => [n + 1, name])),
};

/** Takes a table as it is parsed from JSON: `{"1": "spleen", "5": "liver"}`. @throws {VoxwatchError} `CONFIG_INVALID` */
export function checkLabelNames(value: unknown): LabelNames {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong('A table of label names is a JSON object such as {"1": "spleen", "5": "liver"}.');
  const entries = Object.entries(value).map(([label, name]) => {
    const index = Number(label);
    if (!Number.isInteger(index) || index < 1 || index > 255)
      throw wrong('The labels of a table of names are whole numbers from 1 to 255.');
    if (typeof name !== 'string' || name === '') throw wrong(`The table of label names has no name for label ${index}.`);
    return [index, name] as const;
  });
  if (entries.length === 0) throw wrong('The table of label names is empty.');
  return new Map(entries);
}

/**
 * @param labels - Numbers that occur in the map, without 0.
 * @param given - Organ name → tissue, for organs that go by other names; comes before what is known by itself.
 * @returns by label, the code of its tissue; 0 for labels that do not occur.
 * @throws {VoxwatchError} `LABEL_UNKNOWN` for a number without a name, or a name of no tissue.
 */
export function tissueCodes(labels: readonly number[], names: LabelNames, given: Readonly<Record<string, Tissue>>): Uint8Array {
  const unnamed = labels.filter((label) => !names.has(label));
  if (unnamed.length > 0)
    throw new VoxwatchError(
      'LABEL_UNKNOWN',
      `The label map holds ${listed(unnamed)}, for which the table of label names has no name.`,
      { labels: unnamed.slice(0, 5) },
    );
  const codes = new Uint8Array(256);
  const strange: number[] = [];
  for (const label of labels) {
    const name = names.get(label) as string;
    const tissue = Object.hasOwn(given, name) ? given[name] : tissueOfOrgan(name);
    if (tissue === undefined) strange.push(label);
    else codes[label] = CODES[tissue];
  }
  if (strange.length > 0)
    throw new VoxwatchError(
      'LABEL_UNKNOWN',
      `The names of ${listed(strange)} are no organs that are known; say what they are under "tissues" in the design: ${TISSUES.slice(1).join(', ')}.`,
      { labels: strange.slice(0, 5) },
    );
  return codes;
}

function listed(labels: readonly number[]): string {
  const shown = labels.slice(0, 5).join(', ');
  return `${labels.length === 1 ? 'label' : 'labels'} ${shown}${labels.length > 5 ? ' …' : ''}`;
}

function wrong(message: string): VoxwatchError {
  return new VoxwatchError('CONFIG_INVALID', message);
}
