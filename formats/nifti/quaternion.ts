/**
 * Unit quaternions ↔ rotations, as the qform of NIfTI uses them: only b, c, d are stored, a ≥ 0 follows.
 * Source: nifti1.h, "QUATERNION REPRESENTATION OF ROTATION MATRIX" (`nifti_mat44_to_quatern`).
 * @module
 */
import { scale as scaled, type Vector3 } from '../../core/affine.ts';

/** Below this, a² is rounding error of float32 b, c, d: the rotation is a half turn (as in nifti1_io.c). */
const HALF_TURN_A_SQUARED = 1e-7;

/** The three columns of the rotation that (b, c, d) stands for. */
export function rotationFromQuaternion(bcd: Vector3): readonly [Vector3, Vector3, Vector3] {
  const lengthSquared = bcd[0] ** 2 + bcd[1] ** 2 + bcd[2] ** 2;
  const isHalfTurn = 1 - lengthSquared < HALF_TURN_A_SQUARED;
  const [b, c, d] = isHalfTurn ? scaled(bcd, 1 / Math.sqrt(lengthSquared)) : bcd;
  const a = isHalfTurn ? 0 : Math.sqrt(1 - lengthSquared);
  return [
    [a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)],
    [2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)],
    [2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c],
  ];
}

/**
 * (b, c, d) of a rotation.
 * @param i - First column, unit length; j and k likewise. Together right-handed.
 */
export function quaternionFromRotation(i: Vector3, j: Vector3, k: Vector3): Vector3 {
  const [r11, r21, r31, r12, r22, r32, r13, r23, r33] = [...i, ...j, ...k] as [...Vector3, ...Vector3, ...Vector3];
  const trace = 1 + r11 + r22 + r33;
  if (trace > 0.5) {
    const a = 0.5 * Math.sqrt(trace);
    return [(0.25 * (r32 - r23)) / a, (0.25 * (r13 - r31)) / a, (0.25 * (r21 - r12)) / a];
  }
  // Near a half turn a is small: take the largest of b, c, d first.
  const squares = [1 + r11 - r22 - r33, 1 + r22 - r11 - r33, 1 + r33 - r11 - r22] as const;
  const largest = squares.indexOf(Math.max(...squares));
  const half = 0.5 * Math.sqrt(Math.max(...squares));
  const quarter = 0.25 / half;
  const [a, bcd]: [number, Vector3] =
    largest === 0
      ? [quarter * (r32 - r23), [half, quarter * (r12 + r21), quarter * (r13 + r31)]]
      : largest === 1
        ? [quarter * (r13 - r31), [quarter * (r12 + r21), half, quarter * (r23 + r32)]]
        : [quarter * (r21 - r12), [quarter * (r13 + r31), quarter * (r23 + r32), half]];
  return a < 0 ? scaled(bcd, -1) : bcd;
}
