import fc from 'fast-check';
import { expect, it } from 'vitest';
import { resizeHuAntialiased } from '../../preprocess/resize-antialiased.ts';
import { resizeMatrices } from '../../preprocess/resize-matrices.ts';

const sizes = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }));

it('rows · slice · columns + air is the antialiased slice, with air up to the next multiple', () => {
  fc.assert(
    fc.property(sizes, sizes, fc.constantFrom(1, 8, 16), fc.integer(), (from, to, multiple, seed) => {
      const hu = Int16Array.from({ length: from[0] * from[1] }, (_, p) => ((Math.imul(p + 1, 2654435761) ^ seed) % 1500) | 0);
      const expected = resizeHuAntialiased(hu, from, to);
      const { rows, columns, air, paddedPixels } = resizeMatrices(from, to, multiple);
      expect(paddedPixels.map((size, axis) => size % multiple === 0 && size - (to[axis] as number) < multiple)).toEqual([
        true,
        true,
      ]);
      const narrowed = Float64Array.from({ length: from[1] * paddedPixels[0] }, (_, p) => {
        const [y, u] = [Math.floor(p / paddedPixels[0]), p % paddedPixels[0]];
        let sum = 0;
        for (let x = 0; x < from[0]; x++) sum += (hu[y * from[0] + x] as number) * (columns[x * paddedPixels[0] + u] as number);
        return sum;
      });
      for (let v = 0; v < paddedPixels[1]; v++) {
        for (let u = 0; u < paddedPixels[0]; u++) {
          let sum = air[v * paddedPixels[0] + u] as number;
          for (let y = 0; y < from[1]; y++)
            sum += (rows[v * from[1] + y] as number) * (narrowed[y * paddedPixels[0] + u] as number);
          const wanted = u < to[0] && v < to[1] ? (expected[v * to[0] + u] as number) : -1024;
          if (Math.abs(sum - wanted) > 1e-3) return false;
        }
      }
      return true;
    }),
    { numRuns: 60, seed: 1 },
  );
});
