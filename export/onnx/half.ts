/**
 * float32 → float16 (IEEE 754 binary16), rounded to nearest, ties to even; and back.
 * @module
 */

/** The largest finite number of float16. */
export const LARGEST_HALF = 65_504;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Bits of the nearest float16 of each number; beyond {@link LARGEST_HALF} that is infinity. */
export function toHalves(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let n = 0; n < values.length; n++) halves[n] = toHalf(values[n] as number);
  return halves;
}

/** The number that a float16's bits stand for. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** The float16 nearest to a number; infinity beyond {@link LARGEST_HALF}. */
export function nearestHalf(value: number): number {
  return fromHalf(toHalf(value));
}

function toHalf(value: number): number {
  float[0] = value;
  const all = bits[0] as number;
  const sign = (all >>> 16) & 0x8000;
  const magnitude = all & 0x7fffffff;
  // Infinity and NaN.
  if (magnitude >= 0x7f800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  // What rounds beyond 65,504.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Below 2^-14 numbers have fewer digits: whole multiples of 2^-24. JavaScript's float64 holds the quotient exactly.
  if (magnitude < 0x38800000) return sign | roundHalfEven(Math.abs(float[0] as number) * 2 ** 24);
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
