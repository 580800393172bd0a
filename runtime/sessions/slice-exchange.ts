/**
 * A batch of slices ↔ what the graph of a fused stage takes and gives: of a stage in pixels, of one in millimetres, and of
 * one in millimetres on WebGPU, whose graph multiplies with matrices instead of resizing (docs/export.md).
 * @module
 */
import { cutGrids } from '../../preprocess/millimetre-grid.ts';
import { type ResizeMatrices, resizeMatrices } from '../../preprocess/resize-matrices.ts';
import type { OrtAnswer, OrtEngine } from './ort-engine.ts';
import type { SliceBatch } from './session.ts';

/** One kind of graph. */
export interface SliceExchange<Tensor> {
  readonly output: 'labels' | 'probabilities';
  feeds(hu: Int16Array, batch: SliceBatch): Readonly<Record<string, Tensor>>;
  /** @returns uint8 values in the order of the batch; nothing for an answer of another type or shape. */
  read(answer: OrtAnswer | undefined, batch: SliceBatch): Uint8Array | undefined;
}

type Engine<Tensor> = Pick<OrtEngine<Tensor>, 'provider' | 'tensor'>;

/** @param gridMultiple - Of stages in millimetres. */
export function sliceExchange<Tensor>(engine: Engine<Tensor>, gridMultiple: number | undefined): SliceExchange<Tensor> {
  if (gridMultiple === undefined) return pixelExchange(engine);
  return engine.provider === 'webgpu' ? matrixExchange(engine, gridMultiple) : gridExchange(engine);
}

function pixelExchange<Tensor>(engine: Engine<Tensor>): SliceExchange<Tensor> {
  const isWebgpu = engine.provider === 'webgpu';
  return {
    output: 'labels',
    feeds: (hu, batch) => ({ hu: engine.tensor(isWebgpu ? Int32Array.from(hu) : hu, sliceShape(batch)) }),
    read: (answer, batch) => {
      if (answer?.dims.join() !== sliceShape(batch).join()) return undefined;
      const { data } = answer;
      if (data instanceof Uint8Array) return data;
      // WebGPU has no uint8 to compute with.
      return isWebgpu && data instanceof Int32Array ? new Uint8Array(data) : undefined;
    },
  };
}

function gridExchange<Tensor>(engine: Engine<Tensor>): SliceExchange<Tensor> {
  return {
    output: 'probabilities',
    feeds: (hu, batch) => {
      const [width, height] = gridOf(batch);
      const size = BigInt64Array.of(BigInt(height), BigInt(width));
      return { hu: engine.tensor(hu, sliceShape(batch)), size: engine.tensor(size, [2]) };
    },
    read: (answer, batch) => {
      const { data } = answer ?? {};
      return isOnGrid(answer, batch, gridOf(batch)) && data instanceof Uint8Array ? data : undefined;
    },
  };
}

function matrixExchange<Tensor>(engine: Engine<Tensor>, gridMultiple: number): SliceExchange<Tensor> {
  // The same for all slices of a scan.
  let last: { readonly of: string; readonly matrices: ResizeMatrices } | undefined;
  const matricesOf = (batch: SliceBatch): ResizeMatrices => {
    const of = [batch.width, batch.height, ...gridOf(batch)].join();
    if (last?.of !== of) last = { of, matrices: resizeMatrices([batch.width, batch.height], gridOf(batch), gridMultiple) };
    return last.matrices;
  };
  return {
    output: 'probabilities',
    feeds: (hu, batch) => {
      const { rows, columns, air, paddedPixels } = matricesOf(batch);
      const [width, height] = paddedPixels;
      return {
        hu: engine.tensor(Int32Array.from(hu), sliceShape(batch)),
        rows: engine.tensor(rows, [1, 1, height, batch.height]),
        columns: engine.tensor(columns, [1, 1, batch.width, width]),
        air: engine.tensor(air, [1, 1, height, width]),
      };
    },
    read: (answer, batch) => {
      const { paddedPixels } = matricesOf(batch);
      const { data } = answer ?? {};
      if (!isOnGrid(answer, batch, paddedPixels) || !(data instanceof Int32Array)) return undefined;
      return cutGrids(data, paddedPixels, gridOf(batch));
    },
  };
}

function sliceShape({ slices, height, width }: SliceBatch): readonly number[] {
  return [slices, 1, height, width];
}

function gridOf({ gridPixels, width, height }: SliceBatch): readonly [width: number, height: number] {
  return gridPixels ?? [width, height];
}

/**
 * Whether an answer has the shape that its batch asks for: as many values may also be a network that swaps the sides. How
 * many outputs a stage has, only its manifest knows.
 */
function isOnGrid(
  answer: OrtAnswer | undefined,
  { slices }: SliceBatch,
  [width, height]: readonly [width: number, height: number],
): boolean {
  const [found = 0, outputs = 0, ...image] = answer?.dims ?? [];
  return found === slices && outputs >= 1 && image.join() === [height, width].join();
}
