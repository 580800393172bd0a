/**
 * Labels: index ↔ name ↔ colour ↔ code.
 * @module
 */

/** A coded concept, DICOM's triplet (PS3.3 8.8). */
export interface Code {
  /** Coding scheme designator, `SCT` for SNOMED CT. */
  readonly scheme: string;
  readonly value: string;
  readonly meaning: string;
}

/** One label of a label map. */
export interface Label {
  /** 1 … 255; 0 is background and is never listed. */
  readonly index: number;
  /** Lower case, one word where possible: `kidney`, `tumour`. */
  readonly name: string;
  /** `#rrggbb`, used for overlays. */
  readonly color: string;
  readonly code: Code;
}

/** All labels of a model, ascending by index. */
export type LabelTable = readonly Label[];

/** A label by index and name, as far as data sets and scoring need to know it. */
export interface NamedLabel {
  readonly index: number;
  readonly name: string;
}

/** The labels of a data set or of a bundle. */
export interface LabelSet {
  /** Ascending by index. */
  readonly labels: readonly NamedLabel[];
  /** The label that the others grow in; the lowest where nobody says. */
  readonly organLabel: number;
}
