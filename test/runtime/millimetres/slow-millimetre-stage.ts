/**
 * What `runtime/millimetres/millimetre-stage.ts` is to compute, written the plain way for volumes in standard axial order: every voxel
 * looked at for itself, flood fills with a queue, nothing shared with the runtime but the antialiased resize.
 */
import type { StageOutput } from '../../../core/millimetre-stage.ts';
import type { MillimetreStage } from '../../../core/model-manifest.ts';
import type { Volume } from '../../../core/volume.ts';
import { resizeHuAntialiased } from '../../../preprocess/resize-antialiased.ts';
import type { InferenceSession } from '../../../runtime/sessions/session.ts';

/** HU at which the probability of an output is 0, and at which it is 1. */
export type Ramp = readonly [zeroHu: number, oneHu: number];

function ramped(hu: number, [zero, one]: Ramp): number {
  return Math.round(255 * Math.min(1, Math.max(0, (hu - zero) / (one - zero))));
}

/** A network that knows HU alone: the probability of each output rises with them. */
export function rampSession(ramps: readonly Ramp[]): InferenceSession & { readonly batches: number[] } {
  const batches: number[] = [];
  return {
    batches,
    async run(hu, { slices, height, width, gridPixels = [1, 1] }) {
      batches.push(slices);
      const out: number[] = [];
      for (let n = 0; n < slices; n++) {
        const resized = resizeHuAntialiased(hu.slice(n * width * height, (n + 1) * width * height), [width, height], gridPixels);
        for (const ramp of ramps) for (const value of resized) out.push(ramped(value, ramp));
      }
      return Uint8Array.from(out);
    },
    release: async () => {},
  };
}

type Point = readonly [i: number, j: number, k: number];

interface Box {
  readonly from: Point;
  readonly to: Point;
}

/** Runs a stage on a standard axial volume. @param labels - Written to. */
export function slowMillimetreStage(
  stage: Pick<MillimetreStage, 'spacingMm' | 'outputs' | 'region'>,
  { geometry, hu }: Volume,
  ramps: readonly Ramp[],
  labels: Uint8Array,
): void {
  const [ni, nj, nk] = geometry.sizeVoxels;
  const mm = [0, 5, 10].map((place) => Math.abs(geometry.voxelToWorld[place] as number)) as [number, number, number];
  const z = Array.from({ length: nk }, (_, k) => geometry.slicePositionsMm?.[k] ?? k * mm[2]);
  const at = (i: number, j: number, k: number): number => (k * nj + j) * ni + i;
  const box = boxOf(stage.region, { size: [ni, nj, nk], mm, z, labelAt: (i, j, k) => labels[at(i, j, k)] as number });
  if (box === undefined) return;
  const [bw, bh, slices] = [0, 1, 2].map((axis) => (box.to[axis] as number) - (box.from[axis] as number)) as [
    number,
    number,
    number,
  ];
  const w = Math.max(1, Math.round((bw * mm[0]) / stage.spacingMm));
  const h = Math.max(1, Math.round((bh * mm[1]) / stage.spacingMm));
  const positions = z.slice(box.from[2], box.to[2]);
  const cell = (u: number, v: number, n: number): number => (n * h + v) * w + u;

  const resized = Array.from({ length: slices }, (_, n) => {
    const slice = Array.from({ length: bw * bh }, (_, p) => {
      const [i, j] = [p % bw, Math.floor(p / bw)];
      return hu[at(box.from[0] + i, box.from[1] + j, box.from[2] + n)] as number;
    });
    return resizeHuAntialiased(Int16Array.from(slice), [bw, bh], [w, h]);
  });

  stage.outputs.forEach((output, index) => {
    const raw = resized.map((slice) => Array.from(slice, (value) => ramped(value, ramps[index] as Ramp)));
    const smooth = smoothed(raw, positions, output.smoothingMm).flat();
    const nativeOf = (u: number, v: number, n: number): number => {
      const centre = (x: number, size: number, of: number): number => Math.ceil(((x + 0.5) * of) / size) - 1;
      return at(box.from[0] + centre(u, w, bw), box.from[1] + centre(v, h, bh), box.from[2] + n);
    };
    const kept = new Set<number>();
    const { redrawMm } = output;
    const earlier = redrawMm === undefined ? output.within : output.label;
    const isInside = (u: number, v: number, n: number): boolean => earlier === undefined || labels[nativeOf(u, v, n)] === earlier;
    const cellMm = [(bw / w) * mm[0], (bh / h) * mm[1]] as const;
    const inside: Point[] = [];
    const outside: Point[] = [];
    forEachCell([w, h, slices], (u, v, n) => {
      (isInside(u, v, n) ? inside : outside).push([u, v, n]);
    });
    const isNear = (points: readonly Point[], [u, v, n]: Point, mostMm: number): boolean =>
      points.some(
        ([a, b, c]) =>
          Math.hypot((a - u) * cellMm[0], (b - v) * cellMm[1], (positions[c] as number) - (positions[n] as number)) <= mostMm,
      );
    const reachMm = redrawMm ?? output.bulgeMm ?? 0;
    const deep = new Set<number>();
    forEachCell([w, h, slices], (u, v, n) => {
      if ((smooth[cell(u, v, n)] as number) / 255 >= output.threshold) {
        if (isInside(u, v, n) || (reachMm && isNear(inside, [u, v, n], reachMm))) kept.add(cell(u, v, n));
      } else if (redrawMm !== undefined && isInside(u, v, n) && !isNear(outside, [u, v, n], redrawMm)) deep.add(cell(u, v, n));
    });
    const insideCells = new Set(inside.map(([u, v, n]) => cell(u, v, n)));
    for (const p of deep) kept.add(p);
    for (const component of redrawMm === undefined ? components(kept, [w, h, slices]) : []) {
      if (component.filter((p) => insideCells.has(p)).length * 2 >= component.length) continue;
      for (const p of component) if (!insideCells.has(p)) kept.delete(p);
    }
    const areaMm2 = cellMm[0] * cellMm[1];
    for (const component of components(kept, [w, h, slices])) {
      if (Math.max(...component.map((p) => smooth[p] as number)) / 255 >= (output.leastPeak ?? 0)) continue;
      for (const p of component) kept.delete(p);
    }
    removeComponents(kept, [w, h, slices], output, (n) => (areaMm2 * thickness(positions, n, mm[2])) / 1000);
    const filled = output.fillHoles ? holes(kept, [w, h, slices]) : new Set<number>();
    for (const p of deep) if (kept.delete(p)) filled.add(p);
    if (redrawMm !== undefined) {
      forEachCell([bw, bh, slices], (i, j, n) => {
        const p = at(box.from[0] + i, box.from[1] + j, box.from[2] + n);
        if (labels[p] === output.label) labels[p] = 0;
      });
    }
    const chance = (u: number, v: number, n: number): number =>
      filled.has(cell(u, v, n)) ? 255 : (smooth[cell(u, v, n)] as number);

    const marked: number[] = [];
    forEachCell([bw, bh, slices], (i, j, n) => {
      const p = at(box.from[0] + i, box.from[1] + j, box.from[2] + n);
      const [x, y] = [((i + 0.5) * w) / bw, ((j + 0.5) * h) / bh];
      const [u, v] = [Math.ceil(x) - 1, Math.ceil(y) - 1];
      const around: readonly (readonly [number, number])[] = [
        [u, v],
        [u - 1, v],
        [u + 1, v],
        [u, v - 1],
        [u, v + 1],
      ];
      const beside = around.filter(([a, b]) => a >= 0 && a < w && b >= 0 && b < h && kept.has(cell(a, b, n)));
      const bulges = labels[p] === 0 && beside.some(([a, b]) => !insideCells.has(cell(a, b, n)));
      if (output.within !== undefined && labels[p] !== output.within && !bulges) return;
      const isReached = bilinear((a, b) => chance(a, b, n), [x - 0.5, y - 0.5], [w, h]) / 255 >= output.threshold;
      if (filled.has(cell(u, v, n)) || (beside.length > 0 && isReached)) marked.push(p);
    });
    for (const p of marked) labels[p] = output.label;
  });
}

function boxOf(
  region: MillimetreStage['region'],
  {
    size,
    mm,
    z,
    labelAt,
  }: {
    readonly size: Point;
    readonly mm: Point;
    readonly z: readonly number[];
    readonly labelAt: (i: number, j: number, k: number) => number;
  },
): Box | undefined {
  if (region.kind === 'whole-slice') return { from: [0, 0, 0], to: size };
  const found: Point[] = [];
  forEachCell(size, (i, j, k) => {
    if (region.labels.includes(labelAt(i, j, k))) found.push([i, j, k]);
  });
  if (found.length === 0) return undefined;
  const range = (axis: 0 | 1): readonly [number, number] => {
    const margin = Math.ceil(region.marginMm / mm[axis]);
    const values = found.map((point) => point[axis]);
    return [Math.max(0, Math.min(...values) - margin), Math.min(size[axis], Math.max(...values) + margin + 1)];
  };
  const heights = found.map(([, , k]) => z[k] as number);
  const [low, high] = [Math.min(...heights) - region.marginMm, Math.max(...heights) + region.marginMm];
  const inside = z.map((height, k) => ({ height, k })).filter(({ height }) => height >= low && height <= high);
  const [i, j] = [range(0), range(1)];
  const slices = inside.map(({ k }) => k);
  return { from: [i[0], j[0], Math.min(...slices)], to: [i[1], j[1], Math.max(...slices) + 1] };
}

function forEachCell([ni, nj, nk]: Point, visit: (i: number, j: number, k: number) => void): void {
  for (let k = 0; k < nk; k++) for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++) visit(i, j, k);
}

function smoothed(slices: readonly number[][], positions: readonly number[], sigma: number): number[][] {
  if (sigma === 0) return slices.map((slice) => [...slice]);
  return slices.map((slice, k) => {
    const weights = positions.map((position) => {
      const away = Math.abs(position - (positions[k] as number)) / sigma;
      return away <= 3 ? Math.exp(-(away ** 2) / 2) : 0;
    });
    const total = weights.reduce((a, b) => a + b, 0);
    return slice.map((_, p) =>
      Math.round(weights.reduce((sum, weight, n) => sum + weight * (slices[n]?.[p] as number), 0) / total),
    );
  });
}

function thickness(positions: readonly number[], n: number, usualMm: number): number {
  if (positions.length === 1) return usualMm;
  const gap = (a: number, b: number): number => Math.abs((positions[a] as number) - (positions[b] as number));
  if (n === 0) return gap(0, 1);
  if (n === positions.length - 1) return gap(n - 1, n);
  return (gap(n - 1, n) + gap(n, n + 1)) / 2;
}

/** The components of a set of cells, which touch by faces. */
function components(cells: ReadonlySet<number>, [w, h, slices]: Point): number[][] {
  const waiting = new Set(cells);
  const found: number[][] = [];
  for (const seed of cells) {
    if (!waiting.delete(seed)) continue;
    const component = [seed];
    for (let head = 0; head < component.length; head++) {
      const p = component[head] as number;
      const [u, v, n] = [p % w, Math.floor(p / w) % h, Math.floor(p / (w * h))];
      const steps = [u > 0 && -1, u < w - 1 && 1, v > 0 && -w, v < h - 1 && w, n > 0 && -w * h, n < slices - 1 && w * h];
      for (const step of steps) if (step !== false && waiting.delete(p + step)) component.push(p + step);
    }
    found.push(component);
  }
  return found;
}

function removeComponents(
  kept: Set<number>,
  size: Point,
  { maxComponents, minComponentMl }: StageOutput,
  cellMl: (slice: number) => number,
): void {
  const volume = (component: readonly number[]): number =>
    component.reduce((ml, p) => ml + cellMl(Math.floor(p / (size[0] * size[1]))), 0);
  const large = components(kept, size)
    .filter((component) => volume(component) >= minComponentMl)
    .sort((a, b) => volume(b) - volume(a));
  const chosen = new Set((maxComponents === 0 ? large : large.slice(0, maxComponents)).flat());
  for (const p of kept) if (!chosen.has(p)) kept.delete(p);
}

function holes(kept: ReadonlySet<number>, size: Point): Set<number> {
  const [w, h, slices] = size;
  const outside = new Set<number>();
  for (let p = 0; p < w * h * slices; p++) if (!kept.has(p)) outside.add(p);
  const isAtFace = (p: number): boolean => {
    const [u, v, n] = [p % w, Math.floor(p / w) % h, Math.floor(p / (w * h))];
    return u === 0 || u === w - 1 || v === 0 || v === h - 1 || n === 0 || n === slices - 1;
  };
  return new Set(
    components(outside, size)
      .filter((component) => !component.some(isAtFace))
      .flat(),
  );
}

function bilinear(
  value: (u: number, v: number) => number,
  [x, y]: readonly [number, number],
  [w, h]: readonly [number, number],
): number {
  const [a, b] = [Math.min(Math.max(x, 0), w - 1), Math.min(Math.max(y, 0), h - 1)];
  const [u, v] = [Math.floor(a), Math.floor(b)];
  const [u1, v1] = [Math.min(u + 1, w - 1), Math.min(v + 1, h - 1)];
  const above = value(u, v) + (value(u1, v) - value(u, v)) * (a - u);
  const below = value(u, v1) + (value(u1, v1) - value(u, v1)) * (a - u);
  return above + (below - above) * (b - v);
}
