/**
 * What the labels of a run mean, and what the truth calls them.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { LabelSet } from '../../core/label-table.ts';
import { labelSetOf } from '../../core/model-manifest.ts';
import type { Definitions } from '../../evaluate/score-case.ts';
import type { Bundle } from '../../runtime/bundle.ts';

export interface LabelSources {
  readonly bundle?: Bundle;
  readonly official?: Exclude<Definitions, 'corrected'>;
  /** Of the data set, where it says. */
  readonly dataSet?: LabelSet;
  /** `NUMBER=NAME`, as the user gave them. */
  readonly truthLabels: readonly string[];
}

/**
 * The bundle says, else the challenge, else the data set, else the names that the user gives.
 * @throws {VoxwatchError} `USAGE` where nothing says.
 */
export function runLabels({ bundle, official, dataSet, truthLabels }: LabelSources): LabelSet {
  if (bundle) return labelSetOf(bundle.manifest);
  if (official) {
    const highest = official === 'kits23' ? 3 : 2;
    const organ = official === 'lits' ? 'liver' : 'kidney';
    return { labels: [organ, 'tumour', 'cyst'].slice(0, highest).map((name, n) => ({ index: n + 1, name })), organLabel: 1 };
  }
  if (dataSet) return dataSet;
  const named = truthLabels.map(splitTruthLabel).map(([index, name]) => ({ index, name }));
  if (named.length === 0) {
    throw new VoxwatchError('USAGE', 'Nothing says what the labels of these masks mean: name each with --truth-label NUMBER=NAME.');
  }
  const first = named.sort((a, b) => a.index - b.index)[0] as (typeof named)[number];
  return { labels: named, organLabel: first.index };
}

/**
 * `2=kidney` … → index in the truth → index of the run.
 * @returns nothing where the user named no label: the truth then has the run's own.
 * @throws {VoxwatchError} `USAGE`.
 */
export function renaming(texts: readonly string[], { labels }: Pick<LabelSet, 'labels'>): ReadonlyMap<number, number> | undefined {
  if (texts.length === 0) return undefined;
  return new Map(
    texts.map(splitTruthLabel).map(([index, name]) => {
      const known = labels.find((label) => label.name === name);
      if (known) return [index, known.index];
      throw new VoxwatchError(
        'USAGE',
        `--truth-label names “${name}”; the labels here are ${labels.map((label) => label.name).join(', ')}.`,
      );
    }),
  );
}

function splitTruthLabel(text: string): readonly [number, string] {
  const [, index, name] = /^(\d{1,3})=(.+)$/.exec(text) ?? [];
  if (!index || !name || Number(index) < 1 || Number(index) > 255) {
    throw new VoxwatchError('USAGE', '--truth-label is written NUMBER=NAME, such as 2=kidney; numbers go from 1 to 255.');
  }
  return [Number(index), name];
}
