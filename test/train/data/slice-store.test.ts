import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createLabelMap, createVolume, type Volume } from '../../../core/volume.ts';
import { SliceStore } from '../../../train/data/slice-store.ts';
import { ALL_VOXEL_ORDERS, makeVolume, reorderVolume } from '../../runtime/make-volume.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'voxwatch-slices-'));
afterAll(() => rmSync(folder, { recursive: true }));

let stores = 0;
function storeOf(width: number, height: number): SliceStore {
  return new SliceStore(path.join(folder, `${stores++}.slices`), [width, height]);
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
    expect(store.facts[0]).toEqual({ case: 'a', labelPixels: [20, 0, 0, 0, 0, 0, 0, 0] });
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

  it('refuses another matrix, and stays as it was', () => {
    const store = storeOf(5, 4);
    const other = makeVolume([4, 4, 2], []);
    const truth = createLabelMap(other.geometry, new Uint8Array(32));
    expect(() => store.add('a', { volume: createVolume(other.geometry, other.hu), truth })).toThrow(
      expect.objectContaining({ code: 'GEOMETRY_INVALID' }),
    );
    expect(store.facts).toEqual([]);
    store.close();
  });
});
