/**
 * A network small enough to write by hand: label = how many thresholds the HU exceed. Same input and output as a fused
 * stage (`hu` int16 [N,1,H,W] → `labels` uint8). Written here and not with `export/onnx`, so that the runtime's tests do
 * not lean on our own exporter. Field numbers from onnx.proto (ONNX 1.16, IR 9, opset 18).
 */

const FLOAT = 1;
const UINT8 = 2;
const INT64 = 7;
const INPUT_TYPES = { int16: 5, int32: 6 } as const;

type Field = Uint8Array;

function varint(value: number): number[] {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

const number = (field: number, value: number): Field => Uint8Array.from([...varint(field << 3), ...varint(value)]);

const bytes = (field: number, value: Uint8Array): Field =>
  Uint8Array.from([...varint((field << 3) | 2), ...varint(value.length), ...value]);

const text = (field: number, value: string): Field => bytes(field, new TextEncoder().encode(value));

const message = (field: number, ...fields: readonly Field[]): Field =>
  bytes(field, Uint8Array.from(fields.flatMap((part) => [...part])));

function node(op: string, inputs: readonly string[], output: string, castTo?: number): Field {
  return nodeWith(op, inputs, output, castTo === undefined ? [] : [message(5, text(1, 'to'), number(3, castTo), number(20, 2))]);
}

function nodeWith(op: string, inputs: readonly string[], output: string, attributes: readonly Field[]): Field {
  return message(1, ...inputs.map((input) => text(1, input)), text(2, output), text(4, op), ...attributes);
}

function tensorType(field: number, name: string, elementType: number): Field {
  const dimensions = ['N', '', 'H', 'W'].map((name) => message(1, name === '' ? number(1, 1) : text(2, name)));
  return message(field, text(1, name), message(2, message(1, number(1, elementType), message(2, ...dimensions))));
}

function scalar(name: string, value: number): Field {
  return message(5, number(2, FLOAT), bytes(9, new Uint8Array(Float32Array.of(value).buffer)), text(8, name));
}

function integers(name: string, value: number): Field {
  return message(
    5,
    number(1, 1),
    number(2, INT64),
    bytes(9, new Uint8Array(BigInt64Array.of(BigInt(value)).buffer)),
    text(8, name),
  );
}

/** A last node that drops columns: the graph says [N,1,H,W] and answers with less. */
function droppingColumns(keeps: number): readonly Field[] {
  return [
    node('Slice', ['whole', 'from', 'to', 'axis'], 'labels'),
    integers('from', 0),
    integers('to', keeps),
    integers('axis', 3),
  ];
}

/** A last node that swaps height and width: as many labels, each somewhere else. */
function swappingSides(): readonly Field[] {
  const perm = [0, 1, 3, 2].map((axis) => number(8, axis));
  return [nodeWith('Transpose', ['whole'], 'labels', [message(5, text(1, 'perm'), ...perm, number(20, 7))])];
}

export interface ThresholdOptions {
  readonly input?: keyof typeof INPUT_TYPES;
  /** The output keeps only so many columns: a network that lies about its shape. */
  readonly keepsColumns?: number;
  /** The output has its sides swapped: the same number of pixels, but not where they are said to be. */
  readonly swapsSides?: boolean;
}

/** @param thresholdsHu - At least one. */
export function thresholdOnnx(
  thresholdsHu: readonly number[],
  { input = 'int16', keepsColumns, swapsSides = false }: ThresholdOptions = {},
): Uint8Array {
  const nodes = [node('Cast', ['hu'], 'x', FLOAT)];
  let sum = '';
  thresholdsHu.forEach((_, n) => {
    nodes.push(node('Greater', ['x', `t${n}`], `above${n}`), node('Cast', [`above${n}`], `one${n}`, FLOAT));
    if (n > 0) nodes.push(node('Add', [sum, `one${n}`], `sum${n}`));
    sum = n > 0 ? `sum${n}` : `one${n}`;
  });
  nodes.push(node('Cast', [sum], keepsColumns === undefined && !swapsSides ? 'labels' : 'whole', UINT8));
  const graph = message(
    7,
    ...nodes,
    ...(keepsColumns === undefined ? [] : droppingColumns(keepsColumns)),
    ...(swapsSides ? swappingSides() : []),
    text(2, 'threshold'),
    ...thresholdsHu.map((hu, n) => scalar(`t${n}`, hu)),
    tensorType(11, 'hu', INPUT_TYPES[input]),
    tensorType(12, 'labels', UINT8),
  );
  return Uint8Array.from([...number(1, 9), ...graph, ...message(8, text(1, ''), number(2, 18))]);
}
