import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affineFromColumns, axisCodes } from '../../core/affine.ts';
import { createVolume } from '../../core/volume.ts';
import { axialSlice, axialView, readBoxInto, wholeSlice, writeBoxInto } from '../../preprocess/reorient.ts';
import { ALL_VOXEL_ORDERS, makeVolume, reorderVolume } from '../runtime/make-volume.ts';

const standard = (() => {
  const affine = affineFromColumns([0.8, 0, 0], [0, 0.9, 0], [0, 0, 3], [-20, -30, 40]);
  const volume = makeVolume([5, 4, 3], [], affine);
  return createVolume(
    volume.geometry,
    volume.hu.map((_, p) => p),
  );
})();

describe('axialView', () => {
  it.each(ALL_VOXEL_ORDERS)('shows the same slices whatever the voxel order: %o', (order) => {
    const native = reorderVolume(standard, order);
    const view = axialView(native.geometry);
    expect(view.sizeVoxels).toEqual([5, 4, 3]);
    expect(axisCodes(view.voxelToWorld)).toBe('LPS');
    view.voxelToWorld.forEach((value, n) => expect(value).toBeCloseTo(standard.geometry.voxelToWorld[n] as number, 9));
    const back = new Int16Array(native.hu.length);
    for (let k = 0; k < 3; k++) {
      const slice = new Int16Array(20);
      readBoxInto(view, native.hu, { k, box: wholeSlice(view), padding: 0 }, slice);
      expect(slice).toEqual(standard.hu.slice(k * 20, (k + 1) * 20));
      expect(axialSlice(view, native.hu, k)).toEqual(slice);
      writeBoxInto(view, slice, { k, box: wholeSlice(view) }, back);
    }
    expect(back).toEqual(native.hu);
  });

  it('pads boxes that leave the slice, and drops what lies outside when writing back', () => {
    const anyOrder = fc.constantFrom(...ALL_VOXEL_ORDERS);
    const coordinate = fc.integer({ min: -8, max: 8 });
    const size = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(anyOrder, fc.tuple(coordinate, coordinate), fc.tuple(size, size), (order, start, sizePixels) => {
        const native = reorderVolume(standard, order);
        const view = axialView(native.geometry);
        const box = { start, sizePixels };
        const values = new Int16Array(sizePixels[0] * sizePixels[1]);
        readBoxInto(view, native.hu, { k: 1, box, padding: -7 }, values);
        for (let row = 0, p = 0; row < sizePixels[1]; row++)
          for (let column = 0; column < sizePixels[0]; column++, p++) {
            const [i, j] = [start[0] + column, start[1] + row];
            const isInside = i >= 0 && i < 5 && j >= 0 && j < 4;
            expect(values[p]).toBe(isInside ? standard.hu[20 + j * 5 + i] : -7);
          }
        const untouched = native.hu.slice();
        writeBoxInto(view, values, { k: 1, box }, untouched);
        expect(untouched).toEqual(native.hu);
      }),
    );
  });

  it('views an oblique volume along the nearest axes', () => {
    const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
    const view = axialView({
      sizeVoxels: [4, 5, 6],
      voxelToWorld: affineFromColumns([0, c, s], [-1, 0, 0], [0, -s, c], [0, 0, 0]),
    });
    expect(view.sizeVoxels).toEqual([5, 4, 6]);
    expect(view.axes.map((axis) => axis.isFlipped)).toEqual([true, false, false]);
  });
});
