/**
 * `split.json`: which cases, or slices, train, validate and test. Written by every run, and read back with `--split FILE`,
 * so that a split can be repeated.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { VoxwatchError } from '../../core/errors.ts';
import { SIDES, type Side, type Sides } from './split.ts';

export const SPLIT_FILE = 'split.json';

/** Where a split came from, for the reader of the file. */
export interface SplitFacts {
  /** Name of the split, or `file`. */
  readonly split: string;
  readonly seed: number;
}

export function splitText(sides: Sides, { split, seed }: SplitFacts): string {
  return `${JSON.stringify({ split, seed, ...sides }, null, 2)}\n`;
}

/**
 * Reads a split.
 * @throws {VoxwatchError} `USAGE` if it cannot be read; `CONFIG_INVALID` if it is not one, or names something twice.
 */
export async function readSplit(file: string): Promise<Sides> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VoxwatchError('USAGE', 'The split file cannot be read, and no split has that name.', {}, cause);
  });
  let stored: Partial<Record<Side, unknown>> | null;
  try {
    stored = JSON.parse(text);
  } catch (cause) {
    throw new VoxwatchError('CONFIG_INVALID', 'The split file is not JSON.', {}, cause);
  }
  const side = (name: Side): string[] => {
    const ids = stored?.[name] ?? (name === 'test' ? [] : undefined);
    if (Array.isArray(ids) && ids.every((id) => typeof id === 'string')) return ids;
    throw new VoxwatchError('CONFIG_INVALID', `The split file has no list “${name}” of cases.`);
  };
  const sides = { train: side('train'), validation: side('validation'), test: side('test') };
  const seen = new Set<string>();
  for (const name of SIDES)
    for (const id of sides[name]) {
      if (seen.has(id)) throw new VoxwatchError('CONFIG_INVALID', 'The split file names a case twice: it must have one side.');
      seen.add(id);
    }
  return sides;
}
