/**
 * What the runtime asks of an inference engine; `session-node.ts` answers with ONNX Runtime, a browser with another.
 * @module
 */

/** The engine that runs the operators. */
export const EXECUTION_PROVIDERS = ['cuda', 'webgpu', 'cpu'] as const;
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];

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
  /** The network's own grid: of stages in millimetres, and only of those. */
  readonly gridPixels?: readonly [width: number, height: number];
}

/** A network made elsewhere: what its input and output are called, and the shape of its input. */
export interface TileSignature {
  readonly input: string;
  readonly output: string;
  readonly shape: readonly number[];
}

/** One loaded network. Must be released. */
export interface InferenceSession {
  /**
   * Segments a batch of slices.
   * @param hu - Hounsfield units, `slices × height × width`, width fastest; not kept, not modified.
   * @returns the stage's output values, of the same shape and order; of a stage in millimetres its probabilities, `slices ×
   *   outputs × grid height × grid width`.
   * @throws {VoxwatchError} `INFERENCE_FAILED`.
   */
  run(hu: Int16Array, batch: SliceBatch): Promise<Uint8Array>;
  /**
   * Runs a network of a stage in tiles; absent in engines that know fused stages alone.
   * @param values - As many as `shape` has places; not kept, not modified.
   * @returns what it answers, as float32, whatever type it has.
   * @throws {VoxwatchError} `INFERENCE_FAILED`.
   */
  runTile?(values: Float32Array, signature: TileSignature): Promise<Float32Array>;
  release(): Promise<void>;
}

/** The bytes of a network. */
export interface StageNetwork {
  /** ONNX, fused: inputs and output as `core/model-manifest.ts` says for the stage's space. */
  readonly onnx: Uint8Array;
  /** The same for WebGPU, which has no int16 (docs/export.md); absent where the bundle holds none. */
  readonly int32Onnx?: Uint8Array;
}

/** A stage's network, ready to be loaded. */
export interface StageModel extends StageNetwork {
  /** The stage's name, for reasons. */
  readonly name: string;
  /** What runs in its place on some providers, where a bundle has another precision for them: see {@link networkOn}. */
  readonly byProvider?: Readonly<Partial<Record<ExecutionProvider, StageNetwork>>>;
  /** Of stages in tiles, and only of those; they are warmed up with a tile, and their `onnx` has a float32 input. */
  readonly tile?: TileSignature;
  /** What the network's grid is padded to a multiple of: of stages in millimetres. */
  readonly gridMultiple?: number;
  /** Size of the warm-up slice. */
  readonly warmUpPixels: readonly [width: number, height: number];
  /** Its size on the network's grid: of stages in millimetres. */
  readonly warmUpGridPixels?: readonly [width: number, height: number];
}

/** The network of a stage that a provider is to load; every engine asks here. */
export function networkOn(provider: ExecutionProvider, model: StageModel): StageNetwork {
  return model.byProvider?.[provider] ?? model;
}

/** All stages of a bundle on one provider. Must be released. */
export interface LoadedSessions {
  readonly provider: ExecutionProvider;
  /** In the order of the models. */
  readonly sessions: readonly InferenceSession[];
  /** Slices per run that suit the provider; every run gets exactly so many. */
  readonly batchSlices: number;
  release(): Promise<void>;
}

/** How a provider did on a slice whose labels are known. */
export interface GoldenProof {
  /** Pixels of the golden slice. */
  readonly pixels: number;
  /** Those whose label is not the bundle's own: near ties, summed in another order. */
  readonly differing: number;
}

/** What a GPU that ran out of memory forced. */
export interface MemorySetback {
  /** Slices a run since. */
  readonly batchSlices: number;
  /** Whether one slice was too much too, so that the CPU took over. */
  readonly isOnCpu: boolean;
}

/** The sessions that will be used, and how they came to be. */
export interface OpenedSessions extends LoadedSessions {
  /** Asked after each study; absent where memory cannot run short without an end of the work. */
  readonly memorySetback?: () => MemorySetback | undefined;
  /** The providers asked before, in order. */
  readonly refused: readonly RefusedProvider[];
  /** Absent where nothing was there to prove them with. */
  readonly golden?: GoldenProof;
}

/**
 * Shows that sessions compute what they should.
 * @param openCpu - Loads the same networks on the CPU, for a second opinion; the caller of it releases them.
 * @returns the proof, and how long one more golden slice took when all was warm; of a bundle in tiles, one of
 *   its tiles.
 * @throws whatever says why these sessions must not be used; its first line becomes the refusal's reason.
 */
export type ProveSessions = (
  candidate: LoadedSessions,
  openCpu: () => Promise<LoadedSessions>,
) => Promise<{ readonly golden: GoldenProof; readonly warmMs: number }>;

/**
 * Loads the networks of a bundle on the first provider that takes all of them and proves itself.
 * @throws {VoxwatchError} `PROVIDER_UNAVAILABLE` if none does, with the reason of each.
 */
export type OpenSessions = (models: readonly StageModel[], prove?: ProveSessions) => Promise<OpenedSessions>;
