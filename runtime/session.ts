/**
 * What the runtime asks of an inference engine; `session-node.ts` answers with ONNX Runtime, a browser with another.
 * @module
 */

/** The engine that runs the operators. */
export type ExecutionProvider = 'cuda' | 'webgpu' | 'cpu';

/** A provider that was asked and could not be used. */
export interface RefusedProvider {
  readonly provider: ExecutionProvider;
  /** One sentence from the engine, without paths. */
  readonly reason: string;
}

/** Shape of a batch of axial slices, tensor layout `[slices, 1, height, width]`. */
export interface SliceBatch {
  readonly slices: number;
  readonly height: number;
  readonly width: number;
}

/** One loaded network. Must be released. */
export interface InferenceSession {
  /**
   * Segments a batch of slices.
   * @param hu - Hounsfield units, `slices × height × width`, width fastest; not kept, not modified.
   * @returns the stage's output values, of the same shape and order.
   * @throws {VoxwatchError} `INFERENCE_FAILED`.
   */
  run(hu: Int16Array, batch: SliceBatch): Promise<Uint8Array>;
  release(): Promise<void>;
}

/** A stage's network, ready to be loaded. */
export interface StageModel {
  /** ONNX, fused: input `hu` int16 [N,1,H,W], output `labels` uint8 [N,1,H,W]. */
  readonly onnx: Uint8Array;
  /** Size of the warm-up slice. */
  readonly warmUpPixels: readonly [width: number, height: number];
}

/** All stages of a bundle on one provider. */
export interface OpenedSessions {
  readonly provider: ExecutionProvider;
  readonly refused: readonly RefusedProvider[];
  /** In the order of the models. */
  readonly sessions: readonly InferenceSession[];
  /** Slices per run that suit the provider; every run gets exactly so many. */
  readonly batchSlices: number;
}

/**
 * Loads the networks of a bundle on the first provider that takes all of them.
 * @throws {VoxwatchError} `PROVIDER_UNAVAILABLE` if none does.
 */
export type OpenSessions = (models: readonly StageModel[]) => Promise<OpenedSessions>;
