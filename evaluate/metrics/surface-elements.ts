/**
 * The 2 × 2 × 2 voxels round a corner of the grid → area of the surface that runs between them, mm².
 *
 * Marching cubes (Lorensen & Cline 1987), from its geometry: the surface cuts each edge between an inside and an outside
 * voxel at its middle, and the cuts are joined across the faces to closed loops. Two choices are open, and made so that
 * the areas are those of deepmind's surface-distance, which KiTS scores with (`test/oracles/check_metrics.py` compares):
 * where two diagonals of a face differ, the rarer kind of voxel is kept apart; and a loop that does not lie in a plane is
 * cut into the triangles of largest total area.
 * @module
 */

type Point = readonly [x: number, y: number, z: number];

/** Voxel n of the eight is bit n of a code and lies at i = n ≫ 2, k = (n ≫ 1) & 1, j = n & 1. */
const VOXELS: readonly Point[] = Array.from({ length: 8 }, (_, n): Point => [n >> 2, n & 1, (n >> 1) & 1]);

/** Voxels of each face in the order of its outline. */
const FACES: readonly (readonly number[])[] = [4, 2, 1].flatMap((axis) => {
  const [u, v] = [4, 2, 1].filter((other) => other !== axis) as [number, number];
  return [0, axis].map((side) => [side, side + u, side + u + v, side + v]);
});

/** Code of a neighbourhood that lies wholly inside. */
export const ALL_INSIDE = 255;

/** For each code its triangles' normals; a normal's length is the triangle's area in a unit cell. */
const NORMALS: readonly (readonly Point[])[] = Array.from({ length: ALL_INSIDE + 1 }, (_, code) =>
  loopsOf(code).flatMap(largestTriangles),
);

/**
 * The areas of all 256 codes.
 * @param cellMm - Distances between voxel centres along i, j, k.
 * @returns mm² a code; 0 for all outside and all inside.
 */
export function surfaceElementAreasMm2([si, sj, sk]: readonly [i: number, j: number, k: number]): Float64Array {
  return Float64Array.from(NORMALS, (normals) =>
    normals.reduce((sum, [x, y, z]) => sum + Math.hypot(x * sj * sk, y * si * sk, z * si * sj), 0),
  );
}

/** The closed loops of cut edges, each a list of points. */
function loopsOf(code: number): readonly (readonly Point[])[] {
  const isInside = (voxel: number): boolean => ((code >> voxel) & 1) === 1;
  const insideCount = VOXELS.filter((_, voxel) => isInside(voxel)).length;
  const keptApart = insideCount <= 4;
  const links = new Map<number, number[]>();
  const link = (a: number, b: number): void => {
    links.set(a, [...(links.get(a) ?? []), b]);
    links.set(b, [...(links.get(b) ?? []), a]);
  };
  for (const face of FACES) {
    const edges = face.map((voxel, n) => ({ from: voxel, to: face[(n + 1) % 4] as number }));
    const cut = edges.filter(({ from, to }) => isInside(from) !== isInside(to)).map(({ from, to }) => edgeKey(from, to));
    if (cut.length === 2) link(cut[0] as number, cut[1] as number);
    if (cut.length !== 4) continue;
    // Edge n − 1 and edge n meet in voxel n: the two edges of a voxel that is kept apart are joined.
    const first = isInside(face[0] as number) === keptApart ? 0 : 1;
    for (const n of [first, first + 2]) link(cut[(n + 3) % 4] as number, cut[n] as number);
  }
  return followLoops(links).map((loop) => loop.map(edgeMiddle));
}

function edgeKey(a: number, b: number): number {
  return Math.min(a, b) * 8 + Math.max(a, b);
}

function edgeMiddle(key: number): Point {
  const [a, b] = [VOXELS[key >> 3] as Point, VOXELS[key & 7] as Point];
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
}

/** Each edge is linked to exactly two others. */
function followLoops(links: ReadonlyMap<number, readonly number[]>): readonly (readonly number[])[] {
  const seen = new Set<number>();
  const loops: number[][] = [];
  for (const start of links.keys()) {
    const loop: number[] = [];
    for (let at: number | undefined = start; at !== undefined && !seen.has(at); ) {
      seen.add(at);
      loop.push(at);
      at = links.get(at)?.find((next) => !seen.has(next));
    }
    if (loop.length > 0) loops.push(loop);
  }
  return loops;
}

/** Cuts a loop into the triangles of largest total area; their normals. */
function largestTriangles(loop: readonly Point[]): readonly Point[] {
  let best: readonly Point[] = [];
  let bestArea = -1;
  for (const normals of triangulations(loop)) {
    const area = normals.reduce((sum, normal) => sum + Math.hypot(...normal), 0);
    if (area > bestArea + 1e-9) [best, bestArea] = [normals, area];
  }
  return best;
}

/** Every way to cut a loop into triangles, each as the normals of its triangles. */
function triangulations(loop: readonly Point[]): readonly (readonly Point[])[] {
  if (loop.length < 3) return [[]];
  const [first, last] = [loop[0] as Point, loop.at(-1) as Point];
  return loop.slice(1, -1).flatMap((apex, n) => {
    const normal = triangleNormal(first, apex, last);
    const before = triangulations(loop.slice(0, n + 2));
    const after = triangulations(loop.slice(n + 1));
    return before.flatMap((left) => after.map((right) => [normal, ...left, ...right]));
  });
}

function triangleNormal(a: Point, b: Point, c: Point): Point {
  const [ux, uy, uz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const [vx, vy, vz] = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
  return [(uy * vz - uz * vy) / 2, (uz * vx - ux * vz) / 2, (ux * vy - uy * vx) / 2];
}
