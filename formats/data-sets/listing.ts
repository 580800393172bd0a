/**
 * What a layout says about a data folder: its cases, and what is there of others.
 * @module
 */
import type { LabelSet } from '../../core/label-table.ts';

/** Where a case lies, relative to the data folder: files, or a folder of DICOM for the image. */
export interface ListedCase {
  /** Unique in its folder. */
  readonly name: string;
  readonly truth: string;
  readonly image?: string;
  /** Cases of the same patient have the same; absent where each case is a patient. */
  readonly patient?: string;
}

/** A case that is not whole. */
export interface IncompleteCase {
  readonly name: string;
  /** `entry`: its files are there, but `dataset.json` does not list it. */
  readonly missing: 'truth' | 'image' | 'entry';
  /** The half that is there, relative to the data folder. */
  readonly found?: string;
}

/** What a layout finds. */
export interface Listing {
  readonly cases: readonly ListedCase[];
  readonly incomplete: readonly IncompleteCase[];
  /** What the layout, or its `dataset.json`, says about labels. */
  readonly labels?: LabelSet;
}

/** Reads a small text file of the tree. */
export type ReadText = (path: string) => Promise<string>;

/** Why an incomplete case cannot be used, in a sentence. */
export function missingSentence(missing: IncompleteCase['missing'] | 'prediction'): string {
  return missing === 'entry' ? 'The dataset.json does not list this case.' : `There is no ${missing} for this case.`;
}
