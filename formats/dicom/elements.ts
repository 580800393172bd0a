/**
 * Parsed elements → values, leniently: scanners write numbers in many ways.
 * Source: DICOM PS3.5 section 6.2 (value representations).
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';

/** A tag, `xGGGGEEEE`. */
export type Tag = `x${string}`;

/** Read access to one data set (a file, or an item of a sequence). Absent and empty elements are undefined or []. */
export interface DicomElements {
  /** Values of a text element (backslash-separated), trimmed. */
  texts(tag: Tag): readonly string[];
  /** First value of a text element. */
  text(tag: Tag): string | undefined;
  /** Numbers of a DS or IS element; empty if any of them is not one. */
  decimals(tag: Tag): readonly number[];
  /** First number of a DS or IS element. */
  decimal(tag: Tag): number | undefined;
  /** First value of a US element. */
  unsigned(tag: Tag): number | undefined;
  /** First value of an SS element. */
  signed(tag: Tag): number | undefined;
  /** Items of a sequence. */
  items(tag: Tag): readonly DicomElements[];
}

/** What is used of one of the parser's elements. */
export interface RawElement {
  readonly vr?: string | undefined;
  readonly dataOffset: number;
  readonly length: number;
  readonly items?: readonly { readonly dataSet?: RawDataSet }[] | undefined;
}

/** What is used of the parser's data set; its own type stays in parse-file.ts. */
export interface RawDataSet {
  readonly elements: Readonly<Record<string, RawElement | undefined>>;
  string(tag: string): string | undefined;
  uint16(tag: string): number | undefined;
  int16(tag: string): number | undefined;
}

/** Parses an element that has no items, but should be a sequence. */
export type ItemParser = (element: RawElement) => readonly { readonly dataSet?: RawDataSet }[];

/** No text that is read here is longer; one that is comes from a damaged file. */
const MAX_TEXT_BYTES = 65_536;

/** VRs that hold numbers as text: some write a binary attribute so. */
const DECIMAL_VRS: ReadonlySet<string> = new Set(['DS', 'IS']);

/**
 * Wraps what the parser gives.
 * @throws {VoxwatchError} `DICOM_INVALID` on reading an element that reaches over the end of the file.
 */
export function elementsOf(dataSet: RawDataSet, parseItems: ItemParser): DicomElements {
  const texts = (tag: Tag): readonly string[] => {
    if ((dataSet.elements[tag]?.length ?? 0) > MAX_TEXT_BYTES) return [];
    return (reading(() => dataSet.string(tag)) ?? '')
      .split('\\')
      .map((part) => part.replace(/\0/g, '').trim())
      .filter((part, _, all) => part !== '' || all.length > 1);
  };
  const decimals = (tag: Tag): readonly number[] => {
    const numbers = texts(tag).map(parseDecimal);
    return numbers.every(Number.isFinite) ? numbers : [];
  };
  const binary = (tag: Tag, read: 'uint16' | 'int16'): number | undefined => {
    const element = dataSet.elements[tag];
    if (element && DECIMAL_VRS.has(element.vr ?? '')) return decimals(tag)[0];
    return element && element.length >= 2 ? reading(() => dataSet[read](tag)) : undefined;
  };
  const items = (tag: Tag): readonly DicomElements[] => {
    const element = dataSet.elements[tag];
    if (!element) return [];
    const found = element.items ?? parseItems(element);
    return found.flatMap((item) => (item.dataSet ? [elementsOf(item.dataSet, parseItems)] : []));
  };
  return {
    texts,
    decimals,
    items,
    text: (tag) => texts(tag)[0],
    decimal: (tag) => decimals(tag)[0],
    unsigned: (tag) => binary(tag, 'uint16'),
    signed: (tag) => binary(tag, 'int16'),
  };
}

/** The parser throws plain strings where an element reaches over the end of the file. */
function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw new VoxwatchError('DICOM_INVALID', 'An element of the DICOM file reaches over its end.', {}, thrown);
  }
}

/** `"+18.5 "`, `"1.0E-3"`, `"0,5"` → number; NaN for anything else, also for an empty value. */
export function parseDecimal(text: string): number {
  const normalised = text.trim().replace(',', '.');
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(normalised) ? Number(normalised) : Number.NaN;
}
