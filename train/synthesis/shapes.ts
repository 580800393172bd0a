/**
 * Solids given by (approximate) signed distances in millimetres: negative inside, positive outside.
 *
 * Coordinates are the body's own: x to the patient's left, y to the back, z to the head, origin between the kidneys.
 * After Inigo Quilez, "distance functions" (the ellipsoid's first-order bound) and Hart, "Sphere tracing" (1996).
 * @module
 */
import type { Vector3 } from '../../core/affine.ts';

/** A solid. */
export interface Shape {
  /** Signed distance to the surface, mm; exact enough within a few millimetres of it. */
  distance(x: number, y: number, z: number): number;
  /** Box that holds the solid, mm: outside it the distance need not be asked. */
  readonly low: Vector3;
  readonly high: Vector3;
}

/** Angles in radians about x, then y, then z. */
export interface Rotation {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export const NO_ROTATION: Rotation = { x: 0, y: 0, z: 0 };

/** An ellipsoid with its axes turned. */
export function ellipsoid(centre: Vector3, radii: Vector3, rotation: Rotation = NO_ROTATION): Shape {
  const m = rotationMatrix(rotation);
  const reach = Math.max(...radii);
  const [cx, cy, cz] = centre;
  const [a, b, c] = radii;
  return {
    low: [cx - reach, cy - reach, cz - reach],
    high: [cx + reach, cy + reach, cz + reach],
    distance: (x, y, z) => {
      const dx = x - cx;
      const dy = y - cy;
      const dz = z - cz;
      const u = (m[0] * dx + m[1] * dy + m[2] * dz) / a;
      const v = (m[3] * dx + m[4] * dy + m[5] * dz) / b;
      const w = (m[6] * dx + m[7] * dy + m[8] * dz) / c;
      const k = Math.sqrt(u * u + v * v + w * w);
      const [gu, gv, gw] = [u / a, v / b, w / c];
      const gradient = Math.sqrt(gu * gu + gv * gv + gw * gw);
      return gradient === 0 ? -Math.min(a, b, c) : (k * (k - 1)) / gradient;
    },
  };
}

/** A straight tube with round ends whose radius goes from one end's to the other's. */
export function tube(from: Vector3, to: Vector3, radiusFrom: number, radiusTo: number = radiusFrom): Shape {
  const [ax, ay, az] = from;
  const [bx, by, bz] = [to[0] - ax, to[1] - ay, to[2] - az];
  const lengthSquared = bx * bx + by * by + bz * bz || 1;
  const reach = Math.max(radiusFrom, radiusTo);
  const ends = [0, 1, 2] as const;
  return {
    low: vector(ends.map((axis) => Math.min(from[axis], to[axis]) - reach)),
    high: vector(ends.map((axis) => Math.max(from[axis], to[axis]) + reach)),
    distance: (x, y, z) => {
      const dx = x - ax;
      const dy = y - ay;
      const dz = z - az;
      const t = Math.max(0, Math.min(1, (dx * bx + dy * by + dz * bz) / lengthSquared));
      const [ex, ey, ez] = [dx - t * bx, dy - t * by, dz - t * bz];
      // Not Math.hypot: it is ten times slower, and this runs for every pixel of every tube.
      return Math.sqrt(ex * ex + ey * ey + ez * ez) - (radiusFrom + (radiusTo - radiusFrom) * t);
    },
  };
}

/** Tubes from point to point. */
export function polyline(points: readonly Vector3[], radius: number): Shape {
  return union(points.slice(1).map((point, index) => tube(points[index] as Vector3, point, radius)));
}

/** What is in any of the solids; with `blendMm` their seams are rounded off. */
export function union(shapes: readonly Shape[], blendMm = 0): Shape {
  const axes = [0, 1, 2] as const;
  return {
    low: vector(axes.map((axis) => Math.min(...shapes.map((shape) => shape.low[axis])) - blendMm)),
    high: vector(axes.map((axis) => Math.max(...shapes.map((shape) => shape.high[axis])) + blendMm)),
    distance: (x, y, z) => {
      let d = Number.POSITIVE_INFINITY;
      for (const shape of shapes) {
        // A solid whose box is farther than the nearest surface so far cannot change the result.
        if (distanceToBox(shape, x, y, z) > d + blendMm) continue;
        const other = shape.distance(x, y, z);
        if (blendMm > 0 && Math.abs(d - other) < blendMm) {
          const h = blendMm - Math.abs(d - other);
          d = Math.min(d, other) - (h * h) / (4 * blendMm);
        } else {
          d = Math.min(d, other);
        }
      }
      return d;
    },
  };
}

/** What is in both solids. */
export function intersection(shape: Shape, other: Shape): Shape {
  return { ...shape, distance: (x, y, z) => Math.max(shape.distance(x, y, z), other.distance(x, y, z)) };
}

/** What is in the first solid and not in the second. */
export function difference(shape: Shape, removed: Shape): Shape {
  return { ...shape, distance: (x, y, z) => Math.max(shape.distance(x, y, z), -removed.distance(x, y, z)) };
}

/** A lower bound of the distance to a solid: that to its box along the worst axis, mm. */
function distanceToBox({ low, high }: Shape, x: number, y: number, z: number): number {
  return Math.max(low[0] - x, x - high[0], low[1] - y, y - high[1], low[2] - z, z - high[2]);
}

function vector(values: readonly number[]): Vector3 {
  return [values[0] as number, values[1] as number, values[2] as number];
}

/** Rows of the matrix that takes world offsets into the shape's own axes. */
function rotationMatrix({ x, y, z }: Rotation): readonly [number, number, number, number, number, number, number, number, number] {
  const [sx, cx, sy, cy, sz, cz] = [Math.sin(x), Math.cos(x), Math.sin(y), Math.cos(y), Math.sin(z), Math.cos(z)];
  return [
    cy * cz,
    cy * sz,
    -sy,
    sx * sy * cz - cx * sz,
    sx * sy * sz + cx * cz,
    sx * cy,
    cx * sy * cz + sx * sz,
    cx * sy * sz - sx * cz,
    cx * cy,
  ];
}
