/** Slices of scans on a canvas in millimetres. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../../core/affine.ts';
import { createLabelMap, createVolume } from '../../../core/volume.ts';
import { SliceStore } from '../../../train/data/slice-store.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'slice-grid-'));
afterAll(() => rmSync(folder, { recursive: true }));

let stores = 0;

/** One slice of `size` pixels of `mm`: HU 100 and label 2 where `isInside`, else HU -100 and label 0. */
function storeOf(
  size: readonly [number, number],
  mm: readonly [number, number],
  isInside: (xMm: number, yMm: number) => boolean,
  focus?: readonly number[],
) {
  const hu = new Int16Array(size[0] * size[1]).fill(-100);
  const labels = new Uint8Array(hu.length);
  for (let p = 0; p < hu.length; p++) {
    const [x, y] = [((p % size[0]) + 0.5) * mm[0], (Math.floor(p / size[0]) + 0.5) * mm[1]];
    if (!isInside(x, y)) continue;
    hu[p] = 100;
    labels[p] = 2;
  }
  const geometry = {
    sizeVoxels: [...size, 1] as const,
    voxelToWorld: affineFromColumns([mm[0], 0, 0], [0, mm[1], 0], [0, 0, 5], [0, 0, 0]),
  };
  const store = new SliceStore(path.join(folder, `${stores++}`), {
    grid: { kind: 'millimetres', spacingMm: 3, sizePixels: [16, 12] },
    ...(focus ? { focus } : {}),
  });
  expect(store.add('a', { volume: createVolume(geometry, hu), truth: createLabelMap(geometry, labels) })).toBe(false);
  return { ...store.read(0), facts: store.facts[0] };
}

describe('a slice on a canvas in millimetres', () => {
  it('lies in its middle, with air round it, at the spacing of the canvas', () => {
    // 30 × 24 mm are 10 × 8 pixels: columns 3 … 12, rows 2 … 9.
    const { hu, labels } = storeOf([10, 8], [3, 3], () => true);
    for (let p = 0; p < hu.length; p++) {
      const [x, y] = [p % 16, Math.floor(p / 16)];
      const isOn = x >= 3 && x < 13 && y >= 2 && y < 10;
      expect([hu[p], labels[p]]).toEqual(isOn ? [100, 2] : [-1000, 0]);
    }
  });

  it('shows the same millimetres whatever the pixels were, square or not', () => {
    const isInside = (xMm: number, yMm: number): boolean => xMm > 6 && xMm < 18 && yMm > 9 && yMm < 21;
    const coarse = storeOf([10, 8], [3, 3], isInside);
    for (const [size, mm] of [
      [
        [20, 16],
        [1.5, 1.5],
      ],
      [
        [20, 8],
        [1.5, 3],
      ],
      [
        [60, 48],
        [0.5, 0.5],
      ],
    ] as const)
      expect(storeOf(size, mm, isInside).labels).toEqual(coarse.labels);
  });

  it('is cut off on both sides where it is larger', () => {
    const { labels } = storeOf([20, 14], [3, 3], (xMm, yMm) => xMm < 9 || yMm > 39);
    // Columns 2 … 17 and rows 1 … 12 of the slice are on the canvas: of its first 3 columns the third, of its last row none.
    expect(Array.from(labels, (label, p) => (label === 2 ? p % 16 : -1)).filter((x) => x >= 0)).toEqual(new Array(12).fill(0));
  });

  it('has the centroid of the labels in focus alone', () => {
    expect(storeOf([10, 8], [3, 3], () => true, [2]).facts?.centroid).toEqual([7.5, 5.5]);
    expect(storeOf([10, 8], [3, 3], () => true, [1]).facts?.centroid).toBeUndefined();
  });
});
