/**
 * What is asked of a build of ONNX Runtime, for Node or for the web.
 * @module
 */
import type { ExecutionProvider } from './session.ts';

/** An output. */
export interface OrtAnswer {
  /** A typed array, by the type of the output. */
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** What is asked of a session of ONNX Runtime. */
export interface OrtSession<Tensor> {
  run(feeds: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<Readonly<Record<string, OrtAnswer>>>;
  release(): Promise<void>;
}

/** A build of ONNX Runtime, set to one provider. */
export interface OrtEngine<Tensor> {
  readonly provider: ExecutionProvider;
  /** Slices a run. */
  readonly batchSlices: number;
  create(onnx: Uint8Array): Promise<OrtSession<Tensor>>;
  /** @param data - int16, int32, int64 or float32, as its type says. */
  tensor(data: Int16Array | Int32Array | BigInt64Array | Float32Array, shape: readonly number[]): Tensor;
}
