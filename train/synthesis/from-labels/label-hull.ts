/**
 * The convex hull of what is marked in one slice, as distances: the trunk where there is no CT, the chest cavity above a dome.
 *
 * Source of the hull: Andrew's monotone chain (1979).
 * @module
 */

type Point = readonly [x: number, y: number];

/**
 * Signed distance of each pixel from the hull of the marked ones, in pixels: negative inside, exact beside edges and a lower
 * bound beyond corners. Infinite everywhere where fewer than three pixels that do not lie in a line are marked.
 */
export function distanceToHull(marked: Uint8Array, [ni, nj]: readonly [number, number]): Float32Array {
  const out = new Float32Array(ni * nj).fill(Number.POSITIVE_INFINITY);
  const hull = convexHull(endsOfRows(marked, ni, nj));
  if (hull.length < 3) return out;
  const edges = hull.map((from, n) => {
    const to = hull[(n + 1) % hull.length] as Point;
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    return { from, normal: [(to[1] - from[1]) / length, (from[0] - to[0]) / length] as const };
  });
  for (let j = 0, p = 0; j < nj; j++)
    for (let i = 0; i < ni; i++, p++) {
      let distance = Number.NEGATIVE_INFINITY;
      for (const { from, normal } of edges) distance = Math.max(distance, (i - from[0]) * normal[0] + (j - from[1]) * normal[1]);
      out[p] = distance;
    }
  return out;
}

/** First and last marked pixel of each row: all that a hull can touch. */
function endsOfRows(marked: Uint8Array, ni: number, nj: number): Point[] {
  const ends: Point[] = [];
  for (let j = 0; j < nj; j++) {
    const row = marked.subarray(j * ni, (j + 1) * ni);
    const first = row.findIndex((value) => value !== 0);
    if (first >= 0) ends.push([first, j], [row.findLastIndex((value) => value !== 0), j]);
  }
  return ends;
}

/** Corners in the order in which the outside lies along (dy, −dx) of each edge. */
function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (ordered: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of ordered) {
      while (chain.length > 1 && turn(chain.at(-2) as Point, chain.at(-1) as Point, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

function turn(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
