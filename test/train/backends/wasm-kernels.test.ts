/** Kernels supplied to the WASM backend, against those of the plain JavaScript backend. */
import { conv2d, conv2dTranspose, grads, mul, setBackend, sum, type Tensor, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';

beforeAll(async () => {
  await startBackend('cpu');
  await startBackend('wasm');
});

afterAll(() => setBackend('cpu'));

type Shape = [number, number, number, number];

function drawn(shape: Shape, name: string): Tensor4D {
  const random = createRandom(5, name);
  return tensor4d(
    Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => random.normal(0, 1)),
    shape,
  );
}

/** Gradients of Σ w · f(x, kernel) for drawn w, with regard to x and the kernel. */
async function slopesOn(
  backend: 'cpu' | 'wasm',
  shapes: { readonly x: Shape; readonly kernel: Shape; readonly out: Shape },
  f: (x: Tensor4D, kernel: Tensor4D) => Tensor4D,
): Promise<Float32Array[]> {
  await setBackend(backend);
  const loss = (x: Tensor, kernel: Tensor): Tensor => {
    const out = f(x as Tensor4D, kernel as Tensor4D);
    expect(out.shape).toEqual(shapes.out);
    return sum(mul(out, drawn(shapes.out, 'weights')));
  };
  return grads(loss)([drawn(shapes.x, 'x'), drawn(shapes.kernel, 'kernel')]).map((slope) => slope.dataSync() as Float32Array);
}

function expectAlike(found: readonly Float32Array[], expected: readonly Float32Array[]): void {
  expected.forEach((values, n) => {
    expect(found[n]).toHaveLength(values.length);
    values.forEach((value, p) => expect(Math.abs((found[n]?.[p] as number) - value)).toBeLessThan(1e-4));
  });
}

it.each([
  { what: 'same', size: [7, 6], kernel: [3, 3], strides: 1, padding: 'same', out: [7, 6] },
  { what: 'one by one', size: [5, 4], kernel: [1, 1], strides: 1, padding: 'same', out: [5, 4] },
  { what: 'strided, odd', size: [7, 9], kernel: [3, 3], strides: 2, padding: 'same', out: [4, 5] },
  { what: 'strided, even', size: [8, 6], kernel: [4, 4], strides: 2, padding: 'same', out: [4, 3] },
  { what: 'strided, valid', size: [8, 9], kernel: [3, 2], strides: 2, padding: 'valid', out: [3, 4] },
  { what: 'long strides', size: [9, 8], kernel: [2, 2], strides: 3, padding: 'valid', out: [3, 3] },
  { what: 'asymmetric', size: [6, 7], kernel: [5, 1], strides: 1, padding: 'same', out: [6, 7] },
] as const)('gradients of a convolution: $what', async ({ size, kernel, strides, padding, out }) => {
  const shapes = { x: [2, ...size, 3] as Shape, kernel: [...kernel, 3, 4] as Shape, out: [2, ...out, 4] as Shape };
  const f = (x: Tensor4D, weights: Tensor4D): Tensor4D => conv2d(x, weights, strides, padding);
  expectAlike(await slopesOn('wasm', shapes, f), await slopesOn('cpu', shapes, f));
});

it.each([2, 3] as const)('a transposed convolution of %d × %d that doubles, and its gradients', async (edge) => {
  const out: Shape = [2, 6, 8, 4];
  const shapes = { x: [2, 3, 4, 3] as Shape, kernel: [edge, edge, 4, 3] as Shape, out };
  const f = (x: Tensor4D, weights: Tensor4D): Tensor4D => conv2dTranspose(x, weights, out, 2, 'same');
  expectAlike(await slopesOn('wasm', shapes, f), await slopesOn('cpu', shapes, f));
  const values: Float32Array[] = [];
  for (const backend of ['wasm', 'cpu']) {
    await setBackend(backend);
    values.push(f(drawn(shapes.x, 'x'), drawn(shapes.kernel, 'kernel')).dataSync() as Float32Array);
  }
  expectAlike([values[0] as Float32Array], [values[1] as Float32Array]);
});
