/**
 * The standard normal distribution: its distribution function and the inverse of that.
 *
 * Φ by W. J. Cody's rational approximations of erf (Math. Comp. 23, 1969), error below 1e-15; Φ⁻¹ by P. J. Acklam's
 * approximation and one step of Halley's method on Φ.
 * @module
 */

/** Φ(z): the probability of a value at or below z. */
export function normalCdf(z: number): number {
  return 0.5 * erfc(-z / Math.SQRT2);
}

/** Φ⁻¹(p), p in (0, 1); ±Infinity at the ends. */
export function normalQuantile(p: number): number {
  if (!(p > 0)) return Number.NEGATIVE_INFINITY;
  if (!(p < 1)) return Number.POSITIVE_INFINITY;
  const z = acklam(p);
  const error = normalCdf(z) - p;
  const step = error * Math.sqrt(2 * Math.PI) * Math.exp((z * z) / 2);
  return z - step / (1 + (z * step) / 2);
}

/** Where Acklam's central region ends. */
const LOW = 0.02425;

const CENTRAL_A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
];
const CENTRAL_B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
const TAIL_C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783,
];
const TAIL_D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];

function acklam(p: number): number {
  if (p > 1 - LOW) return -acklam(1 - p);
  if (p < LOW) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(TAIL_C, q) / polynomial(TAIL_D, q);
  }
  const q = p - 0.5;
  return (q * polynomial(CENTRAL_A, q * q)) / polynomial(CENTRAL_B, q * q);
}

const SMALL_P = [0.1857777061846032, 3.161123743870566, 113.8641541510502, 377.485237685302, 3209.377589138469];
const SMALL_Q = [1, 23.60129095234412, 244.0246379344442, 1282.616526077372, 2844.236833439171];
const MIDDLE_P = [
  2.153115354744038e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.9522212417691,
  1712.047612634071, 2051.078377826071, 1230.339354797997,
];
const MIDDLE_Q = [
  1, 15.74492611070983, 117.6939508913125, 537.1811018620099, 1621.38957456669, 3290.79923573346, 4362.619090143247,
  3439.367674143722, 1230.339354803749,
];
const LARGE_P = [
  0.0163153871373021, 0.3053266349612323, 0.3603448999498044, 0.1257817261112292, 0.01608378514874228, 0.0006587491615298378,
];
const LARGE_Q = [1, 2.568520192289822, 1.87295284992346, 0.5279051029514285, 0.06051834131244132, 0.002335204976268692];

/** 1 − erf(x). */
function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x <= 0.46875) return 1 - (x * polynomial(SMALL_P, x * x)) / polynomial(SMALL_Q, x * x);
  if (x <= 4) return (Math.exp(-x * x) * polynomial(MIDDLE_P, x)) / polynomial(MIDDLE_Q, x);
  const y = 1 / (x * x);
  return (Math.exp(-x * x) / x) * (1 / Math.sqrt(Math.PI) - (y * polynomial(LARGE_P, y)) / polynomial(LARGE_Q, y));
}

/** Horner; the highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
