/**
 * Parsed elements → values, leniently: scanners write numbers in many ways.
 * Source: DICOM PS3.5 section 6.2 (value representations).
 * @module
 */
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

/** What is used of the parser's data set; its own type stays in parse-file.ts. */
export interface RawDataSet {
  readonly elements: Readonly<Record<string, { readonly items?: readonly { readonly dataSet?: RawDataSet }[] } | undefined>>;
  string(tag: string): string | undefined;
  uint16(tag: string): number | undefined;
  int16(tag: string): number | undefined;
}

/** Wraps what the parser gives. */
export function elementsOf(dataSet: RawDataSet): DicomElements {
  const texts = (tag: Tag): readonly string[] =>
    (dataSet.string(tag) ?? '')
      .split('\\')
      .map((part) => part.replace(/\0/g, '').trim())
      .filter((part, _, all) => part !== '' || all.length > 1);
  const decimals = (tag: Tag): readonly number[] => {
    const numbers = texts(tag).map(parseDecimal);
    return numbers.every(Number.isFinite) ? numbers : [];
  };
  return {
    texts,
    decimals,
    text: (tag) => texts(tag)[0],
    decimal: (tag) => decimals(tag)[0],
    unsigned: (tag) => dataSet.uint16(tag),
    signed: (tag) => dataSet.int16(tag),
    items: (tag) => (dataSet.elements[tag]?.items ?? []).flatMap((item) => (item.dataSet ? [elementsOf(item.dataSet)] : [])),
  };
}

/** `"+18.5 "`, `"1.0E-3"`, `"0,5"` → number; NaN for anything else, also for an empty value. */
export function parseDecimal(text: string): number {
  const normalised = text.trim().replace(',', '.');
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(normalised) ? Number(normalised) : Number.NaN;
}
