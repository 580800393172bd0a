/**
 * Axes and constants of TensorFlow.js (channels last) → those of ONNX (channels first).
 * @module
 */

/** Axis of [N, ...spatial, C], which may count from the end → axis of [N, C, ...spatial]. */
export function onnxAxis(axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (counted === 0) return 0;
  return counted === rank - 1 ? 1 : counted + 1;
}

/** Whether an axis of TensorFlow.js is the channels'. */
export function isChannelAxis(axis: unknown, rank: number): boolean {
  return typeof axis === 'number' && (axis === -1 || axis === rank - 1);
}

/** A constant over [...spatial, C] that is to be broadcast over images → its ONNX dimensions and numbers. */
export function constantChannelsFirst(
  shape: readonly number[],
  data: Float32Array,
): { readonly dims: readonly number[]; readonly data: Float32Array } {
  const channels = shape.at(-1) as number;
  const pixels = data.length / channels;
  const moved = new Float32Array(data.length);
  for (let p = 0; p < pixels; p++) for (let c = 0; c < channels; c++) moved[c * pixels + p] = data[p * channels + c] as number;
  return { dims: [channels, ...shape.slice(0, -1)], data: moved };
}

/** `shape` with ones before it, up to `rank` dimensions. */
export function withLeadingOnes(shape: readonly number[], rank: number): number[] {
  return [...Array<number>(rank - shape.length).fill(1), ...shape];
}
