import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLabelMap } from '../../core/volume.ts';
import { type Connectivity, connectedComponents } from '../../runtime/components.ts';
import { labelRuns } from '../../runtime/label-runs.ts';
import { STANDARD_AXIAL } from './make-volume.ts';

type Size = readonly [number, number, number];

/** Slow and plain: a flood fill per voxel, components numbered in array order. */
function floodFill(labels: Uint8Array, [width, height, slices]: Size, members: readonly number[], connectivity: Connectivity) {
  const component = new Int32Array(labels.length).fill(-1);
  let count = 0;
  const isOpen = (p: number): boolean => members.includes(labels[p] as number) && component[p] === -1;
  for (let seed = 0; seed < labels.length; seed++) {
    if (!isOpen(seed)) continue;
    component[seed] = count;
    const open = [seed];
    for (let p = open.pop(); p !== undefined; p = open.pop()) {
      const [i, j, k] = [p % width, Math.floor(p / width) % height, Math.floor(p / (width * height))];
      for (let dk = -1; dk <= 1; dk++)
        for (let dj = -1; dj <= 1; dj++)
          for (let di = -1; di <= 1; di++) {
            if (connectivity === 6 && Math.abs(di) + Math.abs(dj) + Math.abs(dk) !== 1) continue;
            const [a, b, c] = [i + di, j + dj, k + dk];
            if (a < 0 || a >= width || b < 0 || b >= height || c < 0 || c >= slices) continue;
            const q = (c * height + b) * width + a;
            if (!isOpen(q)) continue;
            component[q] = count;
            open.push(q);
          }
    }
    count++;
  }
  return { count, component };
}

const anyLabels = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }), fc.constantFrom(3, 5, 9))
  .chain(([i, j, k, spread]) =>
    fc.record({
      size: fc.constant<Size>([i, j, k]),
      labels: fc
        .uint8Array({ minLength: i * j * k, maxLength: i * j * k, min: 0, max: spread })
        .map((a) => a.map((v) => (v > 2 ? 0 : v))),
    }),
  );

describe('connectedComponents', () => {
  it.each([6, 26] as const)('finds what a flood fill finds, with connectivity %i', (connectivity) => {
    fc.assert(
      fc.property(anyLabels, fc.constantFrom([1], [2], [1, 2]), ({ size, labels }, members) => {
        const runs = labelRuns(createLabelMap({ sizeVoxels: size, voxelToWorld: STANDARD_AXIAL }, labels));
        const found = connectedComponents(runs, members, connectivity);
        const truth = floodFill(labels, size, members, connectivity);
        const component = new Int32Array(labels.length).fill(-1);
        found.ofRun.forEach((c, run) => {
          component.fill(c, runs.start[run] as number, (runs.start[run] as number) + (runs.length[run] as number));
        });
        expect(found.count).toBe(truth.count);
        expect(component).toEqual(truth.component);
      }),
      { numRuns: 2000 },
    );
  });

  it('holds two voxels that touch by a corner for one component of 26, two of 6', () => {
    const labels = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1);
    const runs = labelRuns(createLabelMap({ sizeVoxels: [2, 2, 2], voxelToWorld: STANDARD_AXIAL }, labels));
    expect(connectedComponents(runs, [1], 26).count).toBe(1);
    expect(connectedComponents(runs, [1], 6).count).toBe(2);
  });
});
