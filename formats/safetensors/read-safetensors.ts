/**
 * safetensors bytes → named tensors.
 *
 * Source: github.com/huggingface/safetensors, section "Format": the header's length (uint64, little endian), the header
 * (JSON: name → dtype, shape, data_offsets), then the values, little endian and row-major, without holes or overlaps.
 * The files come from outside: nothing of the header is believed before it is checked.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { BYTES_PER_VALUE, decodeFloats } from './tensor-values.ts';

/** One tensor of a file; its values are read when they are asked for. */
export interface SafetensorsTensor {
  /** Of the format: `F32`, `BF16`, `I64` …. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /**
   * Row-major.
   * @throws {VoxwatchError} `WEIGHTS_INVALID` for types other than F32, F16 and BF16.
   */
  readonly floats: () => Float32Array;
}

/** Bytes of the number that the file begins with. */
const LENGTH_BYTES = 8;
/** The reference implementation's own limit. */
const MAX_HEADER_BYTES = 100_000_000;
/** The header's entry for free text. */
const METADATA = '__metadata__';

/**
 * @param file - The whole file.
 * @returns its tensors by name.
 * @throws {VoxwatchError} `INPUT_TRUNCATED` where it ends before its values do, `WEIGHTS_INVALID` where it breaks a rule
 * of the format.
 */
export function readSafetensors(file: Uint8Array): ReadonlyMap<string, SafetensorsTensor> {
  const { header, values } = splitFile(file);
  const tensors = new Map<string, SafetensorsTensor>();
  const ranges: Range[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) continue;
    const { dtype, shape, range } = readEntry(entry);
    ranges.push(range);
    tensors.set(name, { dtype, shape, floats: () => decodeFloats(dtype, values.subarray(range.begin, range.end)) });
  }
  checkCover(ranges, values.length);
  return tensors;
}

interface Range {
  readonly begin: number;
  readonly end: number;
}

function splitFile(file: Uint8Array): { header: Readonly<Record<string, unknown>>; values: Uint8Array } {
  if (file.length < LENGTH_BYTES) throw truncated();
  const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) throw invalid('its header would be longer than 100 MB');
  const start = LENGTH_BYTES + Number(length);
  if (start > file.length) throw truncated();
  return { header: parseHeader(file.subarray(LENGTH_BYTES, start)), values: file.subarray(start) };
}

function parseHeader(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('its header is not JSON', cause);
  }
  if (!isRecord(header)) throw invalid('its header is not a JSON object');
  return header;
}

function readEntry(entry: unknown): { dtype: string; shape: readonly number[]; range: Range } {
  if (!isRecord(entry)) throw invalid('an entry of its header is not an object');
  const { dtype, shape, data_offsets: offsets } = entry;
  const bytes = typeof dtype === 'string' ? BYTES_PER_VALUE.get(dtype) : undefined;
  if (typeof dtype !== 'string' || bytes === undefined) throw invalid('a tensor has a type that the format does not name');
  if (!isListOfSizes(shape)) throw invalid('a shape is not a list of whole numbers');
  if (!isListOfSizes(offsets) || offsets.length !== 2) throw invalid('the place of a tensor is not a pair of whole numbers');
  const [begin, end] = offsets as [number, number];
  const size = shape.reduce((product, length) => product * length, bytes);
  if (!Number.isSafeInteger(size) || end - begin !== size) throw invalid('a tensor is not as long as its shape says');
  return { dtype, shape, range: { begin, end } };
}

/** Every byte belongs to one tensor. */
function checkCover(ranges: readonly Range[], length: number): void {
  let covered = 0;
  for (const { begin, end } of ranges.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) throw invalid('its tensors overlap, or there are holes between them');
    covered = end;
  }
  if (covered > length) throw truncated();
  if (covered < length) throw invalid('there are bytes after its last tensor');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOfSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function invalid(why: string, cause?: unknown): VoxwatchError {
  const message = `This is not a valid safetensors file: ${why}. Fetch it again, or save it again from PyTorch.`;
  return new VoxwatchError('WEIGHTS_INVALID', message, {}, cause);
}

function truncated(): VoxwatchError {
  return new VoxwatchError('INPUT_TRUNCATED', 'The safetensors file ends before its data does; copy it again.');
}
