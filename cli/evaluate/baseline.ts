/**
 * An earlier run to compare with, and the other text files that a user hands to `evaluate`.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { parseScores, type ScoresDocument } from '../../evaluate/score-document.ts';

export interface Baseline {
  /** Of its `scores.json`. */
  readonly sha256: string;
  readonly scores: ScoresDocument;
}

/** @param run - Its folder or its `scores.json`. @throws {VoxwatchError} `USAGE`, and as the document's parser does. */
export async function readBaseline(run: string): Promise<Baseline> {
  const text = await readText(run.endsWith('.json') ? run : join(run, 'scores.json'), 'baseline');
  return { sha256: createHash('sha256').update(text).digest('hex'), scores: parseScores(text) };
}

/** @throws {VoxwatchError} `USAGE`. */
export function readText(file: string, what: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VoxwatchError('USAGE', `The ${what} cannot be read.`, {}, cause);
  });
}
