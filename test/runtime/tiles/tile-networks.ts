/** Networks on tiles that are plain functions, and stages that use them. */
import type { TileStage } from '../../../core/model-manifest.ts';
import type { TileNetwork } from '../../../core/tile-stage.ts';
import type { InferenceSession, TileSignature } from '../../../runtime/sessions/session.ts';

/** A network that answers with what `answer` makes of a tile. */
export function tileSession(
  answer: (values: Float32Array, shape: readonly number[]) => Float32Array,
): InferenceSession & { readonly calls: TileSignature[] } {
  const calls: TileSignature[] = [];
  return {
    calls,
    run: async () => new Uint8Array(),
    async runTile(values, signature) {
      calls.push(signature);
      return answer(values, signature.shape);
    },
    release: async () => {},
  };
}

/** As many channels as thresholds and one more: class n is highest where the value lies above n thresholds. */
export function thresholdAnswer(thresholds: readonly number[]): (values: Float32Array) => Float32Array {
  return (values) => {
    const out = new Float32Array((thresholds.length + 1) * values.length);
    values.forEach((value, p) => {
      for (let n = 0; n <= thresholds.length; n++) {
        const [low, high] = [thresholds[n - 1] ?? -1e6, thresholds[n] ?? 1e6];
        out[n * values.length + p] = Math.min(value - low, high - value);
      }
    });
    return out;
  };
}

/** HU as stored on the scan's own grid, tiles of 8³ that overlap by half; class 1 becomes label 1, class 2 label 2. */
export const PLAIN_NETWORK: TileNetwork = {
  input: 'x',
  output: 'y',
  axes: ['S', 'P', 'L'],
  grid: [{ kind: 'native' }, { kind: 'native' }, { kind: 'native' }],
  alignment: 'edges',
  interpolation: ['linear', 'linear', 'linear'],
  interpolationBack: ['linear', 'linear', 'linear'],
  overshoot: 'kept',
  intensityTaken: 'before-resampling',
  channels: [{ scheme: 'as-stored' }],
  tile: { kind: 'solid', sizeVoxels: [8, 8, 8] },
  stepFraction: 0.5,
  stepping: 'spread',
  weight: { kind: 'gaussian', sigmaFraction: 0.125, centre: 'upper-voxel', floor: 0 },
  padding: { kind: 'constant', value: 0 },
  mirrorAxes: [],
  answer: { kind: 'classes', activation: 'softmax', activatedOn: 'scan', labels: [0, 1, 2] },
};

export function tileStage(change: Partial<TileNetwork> = {}): TileStage {
  const network = { ...PLAIN_NETWORK, ...change };
  return { ...network, name: 'network', file: 'network.onnx', sha256: '0'.repeat(64), opset: 17, parameters: 1, space: 'tiles' };
}
