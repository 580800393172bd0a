import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createLabelMap, type Volume } from '../../../core/volume.ts';
import { resizeHuSlice, resizeLabelSlice } from '../../../preprocess/resize.ts';
import { SliceStore } from '../../../train/data/slice-store.ts';
import { ALL_VOXEL_ORDERS, makeVolume, reorderVolume } from '../../runtime/make-volume.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'voxwatch-slices-'));
afterAll(() => rmSync(folder, { recursive: true }));

let stores = 0;
function storeOf(width: number, height: number): SliceStore {
  return new SliceStore(path.join(folder, `${stores++}.slices`), { grid: { kind: 'pixels', sizePixels: [width, height] } });
}

/** 5 × 4 × 3 voxels with extreme HU; an organ of 2 × 1 pixels in slice 1, a tumour pixel in slice 2. */
const VOLUME: Volume = makeVolume(
  [5, 4, 3],
  [
    { from: [0, 0, 0], to: [5, 4, 3], hu: -3024 },
    { from: [1, 2, 1], to: [3, 3, 2], hu: 32767 },
    { from: [4, 3, 2], to: [5, 4, 3], hu: -32768 },
  ],
);
const LABELS = Uint8Array.from(VOLUME.hu, (hu) => (hu === 32767 ? 1 : hu === -32768 ? 2 : 0));
const CASE = { volume: VOLUME, truth: createLabelMap(VOLUME.geometry, LABELS) };

describe('the slice store', () => {
  it('gives back what was put in, slice by slice and case after case', () => {
    const store = storeOf(5, 4);
    store.add('a', CASE);
    store.add('b', CASE);
    expect(store.facts.map((facts) => facts.case)).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
    for (const index of [5, 0, 4, 2, 3, 1]) {
      const k = index % 3;
      const { hu, labels } = store.read(index);
      expect([...hu]).toEqual([...VOLUME.hu.subarray(k * 20, (k + 1) * 20)]);
      expect([...labels]).toEqual([...LABELS.subarray(k * 20, (k + 1) * 20)]);
    }
    store.close();
  });

  it('knows what a slice shows, and where its foreground lies', () => {
    const store = storeOf(5, 4);
    store.add('a', CASE);
    expect(store.facts[0]).toEqual({ case: 'a', labelPixels: [20, ...new Array(15).fill(0)] });
    expect(store.facts[1]?.labelPixels.slice(0, 3)).toEqual([18, 2, 0]);
    expect(store.facts[1]?.centroid).toEqual([1.5, 2]);
    expect(store.facts[2]?.labelPixels.slice(0, 3)).toEqual([19, 0, 1]);
    expect(store.facts[2]?.centroid).toEqual([4, 3]);
    store.close();
  });

  it('gives axial slices with the patient’s right on the left, from any of the 48 voxel orders', () => {
    const plain = storeOf(5, 4);
    plain.add('a', CASE);
    for (const order of ALL_VOXEL_ORDERS) {
      const volume = reorderVolume(VOLUME, order);
      const truth = Uint8Array.from(volume.hu, (hu) => (hu === 32767 ? 1 : hu === -32768 ? 2 : 0));
      const store = storeOf(5, 4);
      store.add('a', { volume, truth: createLabelMap(volume.geometry, truth) });
      expect(store.facts).toEqual(plain.facts);
      for (const k of [0, 1, 2]) expect(store.read(k)).toEqual(plain.read(k));
      store.close();
    }
    plain.close();
  });

  it('resizes another matrix to its own, as the runtime does: HU linearly, labels to the nearest', () => {
    const store = storeOf(10, 8);
    expect(store.add('a', CASE)).toBe(true);
    for (const k of [0, 1, 2]) {
      const { hu, labels } = store.read(k);
      const slice = (from: number, to: number): [number, number] => [from * 20, to * 20];
      const wide = resizeHuSlice(VOLUME.hu.subarray(...slice(k, k + 1)), [5, 4], [10, 8]);
      expect([...hu]).toEqual([...wide].map(Math.round));
      expect([...labels]).toEqual([...resizeLabelSlice(LABELS.subarray(...slice(k, k + 1)), [5, 4], [10, 8])]);
    }
    expect(store.facts[1]?.labelPixels.slice(0, 3)).toEqual([72, 8, 0]);
    store.close();
  });

  it('averages thin slices along the body where its grid says so', () => {
    const grid = { kind: 'millimetres', spacingMm: 1, sizePixels: [5, 4] } as const;
    const thin = { volume: { ...VOLUME, hu: VOLUME.hu.map((_, p) => (p < 20 ? 0 : p < 40 ? 300 : 600)) }, truth: CASE.truth };
    const values = [undefined, 1].map((inputSmoothingMm) => {
      const store = new SliceStore(path.join(folder, `${stores++}.slices`), {
        grid: inputSmoothingMm === undefined ? grid : { ...grid, inputSmoothingMm },
      });
      store.add('a', thin);
      return [0, 1, 2].map((k) => store.read(k).hu[0] as number);
    });
    expect(values[0]).toEqual([0, 300, 600]);
    const [first, middle, last] = values[1] as [number, number, number];
    expect(middle).toBe(300);
    // A bell of 1 mm over slices 1 mm apart, cut at the ends.
    const [near, far] = [Math.exp(-0.5), Math.exp(-2)];
    expect(Math.abs(first - (300 * near + 600 * far) / (1 + near + far))).toBeLessThanOrEqual(0.5);
    expect(first + last).toBe(600);
  });

  it('takes only the slices that are asked for', () => {
    const store = storeOf(5, 4);
    store.add('a', CASE, (k) => k !== 1);
    expect(store.facts).toHaveLength(2);
    expect([...store.read(1).labels]).toEqual([...LABELS.subarray(40, 60)]);
    store.close();
  });

  it('keeps stored values of several channels as they are, and refuses another number of channels', () => {
    const store = new SliceStore(path.join(folder, `${stores++}.slices`), {
      grid: { kind: 'pixels', sizePixels: [2, 2] },
      content: { values: 'float32', channels: 2 },
    });
    const values = Float32Array.of(0.125, -3e5, 0, 1, 2, 3, 4, 5.5);
    const picture = { sizePixels: [2, 2] as const, channels: 2, values, labels: Uint8Array.of(0, 1, 0, 1) };
    store.addPicture('a', picture);
    store.addPicture('b', picture);
    expect(store.read(1)).toEqual({ hu: values, labels: picture.labels });
    const other = { ...picture, channels: 1, values: values.subarray(0, 4) };
    expect(() => store.addPicture('c', other)).toThrow(expect.objectContaining({ code: 'GEOMETRY_INVALID' }));
    expect(store.facts).toHaveLength(2);
    store.close();
  });

  it.runIf(existsSync('/dev/full'))('tells of a full disk', () => {
    const store = new SliceStore('/dev/full', { grid: { kind: 'pixels', sizePixels: [5, 4] } });
    expect(() => store.add('a', CASE)).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    store.close();
  });
});
