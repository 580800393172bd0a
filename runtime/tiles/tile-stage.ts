/**
 * One stage in tiles over a volume: HU → the network's grid → overlapping tiles → blended answers → labels in the native
 * array.
 *
 * Planes go through from the first to the last, so nothing of the size of classes × scan is ever kept. The largest thing in
 * memory is the blend: (channels + 1) × the tile's planes × rows × columns of the network's grid × 4 bytes.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { TileStage } from '../../core/model-manifest.ts';
import { answerChannels, inputShape, type TileAnswer, tileSize } from '../../core/tile-stage.ts';
import { type Volume, voxelCount } from '../../core/volume.ts';
import type { AxialView } from '../../preprocess/reorient.ts';
import { activateInPlace } from '../../preprocess/tiles/activation.ts';
import { networkAxis } from '../../preprocess/tiles/network-grid.ts';
import { eachAxis, orientedGrid, type Triple } from '../../preprocess/tiles/oriented-grid.ts';
import { planeSource } from '../../preprocess/tiles/plane-source.ts';
import { tileStarts } from '../../preprocess/tiles/tile-starts.ts';
import { tileWeights } from '../../preprocess/tiles/tile-weights.ts';
import type { InferenceSession } from '../sessions/session.ts';
import { TileBlend } from './blend.ts';
import { flipped, mirrorings } from './mirror.ts';
import { paddedGrid, tileInput } from './tile-input.ts';
import { planeWriter } from './write-planes.ts';

/** More voxels than this a network's grid does not have: a spacing or a pixel size is wrong by orders of magnitude. */
const MOST_GRID_VOXELS = 2 ** 31;

export interface RunTilesOptions {
  /** Called after each tile. */
  readonly onTiles?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs a stage and writes a label for every voxel.
 * @param labelsInto - Native label array, in the volume's voxel order.
 * @returns how many tiles were run, each mirrored one counted.
 * @throws {VoxwatchError} `INFERENCE_FAILED`, `CANCELLED`; `GEOMETRY_INVALID` for a grid that cannot be.
 */
export async function runTileStage(
  { manifest, session }: { readonly manifest: TileStage; readonly session: InferenceSession },
  { view, volume }: { readonly view: AxialView; readonly volume: Volume },
  labelsInto: Uint8Array,
  { onTiles, signal }: RunTilesOptions,
): Promise<number> {
  const grid = orientedGrid(view, manifest.axes);
  const axes = eachAxis((axis) => networkAxis(grid.axes[axis], manifest.grid[axis], manifest.alignment));
  const size = eachAxis((axis) => axes[axis].sizeVoxels);
  requireSize(size);
  const source = planeSource({ grid, axes, network: manifest, hu: volume.hu });
  const tile = tileSize(manifest);
  const padded = paddedGrid(size, tile);
  // Slices are taken one by one, however their tiles overlap inside them.
  const stepping = { stepping: manifest.stepping, stepFraction: manifest.stepFraction };
  const starts = eachAxis((axis) =>
    tileStarts(padded.sizeVoxels[axis], tile[axis], tile[axis] === 1 ? { ...stepping, stepFraction: 1 } : stepping),
  );
  const flips = mirrorings(manifest.mirrorAxes);
  const total = starts[0].length * starts[1].length * starts[2].length * flips.length;
  const run = networkOf(manifest, session);
  const channels = answerChannels(manifest.answer);
  const [, rows, columns] = padded.sizeVoxels;
  const blend = new TileBlend({ channels, tile, rows, columns }, tileWeights(tile, manifest.weight));
  const give = onGrid(
    { size, padded, channels, answer: manifest.answer },
    planeWriter({ grid, axes, network: manifest, channels, labelsInto }),
  );
  const neighbours = manifest.tile.kind === 'planar' ? manifest.tile.neighbours : 0;
  let done = 0;
  for (const startPlane of starts[0]) {
    blend.takeBelow(startPlane, give);
    source.releaseBelow(startPlane - padded.before[0] - neighbours);
    for (const startRow of starts[1]) {
      for (const startColumn of starts[2]) {
        const start = [startPlane, startRow, startColumn] as const;
        const input = tileInput(manifest, source, { before: padded.before, start });
        const mean = new Float32Array(channels * tile[0] * tile[1] * tile[2]);
        for (const flip of flips) {
          if (signal?.aborted) throw new VoxwatchError('CANCELLED', 'The segmentation was cancelled.');
          const answer = flipped(await run(flipped(input, tile, flip)), tile, flip);
          for (let p = 0; p < mean.length; p++) mean[p] = (mean[p] as number) + (answer[p] as number) / flips.length;
          onTiles?.(++done, total);
        }
        blend.add(mean, start);
      }
    }
  }
  blend.takeBelow(padded.sizeVoxels[0], give);
  return done;
}

/** Runs the network on a tile; what comes back is what is blended. */
function networkOf(manifest: TileStage, session: InferenceSession): (input: Float32Array) => Promise<Float32Array> {
  const { name, answer, input, output } = manifest;
  const shape = inputShape(manifest);
  const voxels = tileSize(manifest).reduce((product, length) => product * length, 1);
  const channels = answer.kind === 'labels' ? 1 : answerChannels(answer);
  return async (values) => {
    if (!session.runTile)
      throw new VoxwatchError('INFERENCE_FAILED', `The engine at hand does not run networks on tiles (stage ${name}).`);
    const found = await session.runTile(values, { input, output, shape });
    if (found.length !== channels * voxels)
      throw new VoxwatchError(
        'INFERENCE_FAILED',
        `Stage ${name} answered with ${found.length} numbers for ${voxels} voxels; its manifest says ${channels} for each.`,
      );
    requireNumbers(found, name);
    if (answer.kind === 'labels') return votesOf(found, answer.labels.length, name);
    if (answer.activatedOn !== 'tile') return found;
    // Not in place: an engine may keep its output.
    const activated = found.slice();
    activateInPlace(activated, channels, answer.activation);
    return activated;
  };
}

/** NaN is below no threshold and above none: it would pass for background. */
function requireNumbers(values: Float32Array, stage: string): void {
  for (let p = 0; p < values.length; p++)
    if (Number.isNaN(values[p]))
      throw new VoxwatchError(
        'INFERENCE_FAILED',
        `Stage ${stage} answered with what is no number (NaN): its input may be out of its range.`,
      );
}

/** Whole numbers → a channel a class with 1 where it is named. */
function votesOf(classes: Float32Array, count: number, stage: string): Float32Array {
  const votes = new Float32Array(count * classes.length);
  classes.forEach((value, p) => {
    if (!Number.isInteger(value) || value < 0 || value >= count)
      throw new VoxwatchError('INFERENCE_FAILED', `Stage ${stage} gave output ${value}, which its manifest does not name.`);
    votes[value * classes.length + p] = 1;
  });
  return votes;
}

interface GridAnswer {
  readonly size: Triple;
  readonly padded: ReturnType<typeof paddedGrid>;
  readonly channels: number;
  readonly answer: TileAnswer;
}

/** Cuts the padding off blended planes and activates them where the stage says that it happens on the grid. */
function onGrid({ size, padded, channels, answer }: GridAnswer, write: (index: number, plane: Float32Array) => void) {
  const [planes, rows, columns] = size;
  const [beforePlanes, beforeRows, beforeColumns] = padded.before;
  const [, paddedRows, paddedColumns] = padded.sizeVoxels;
  return (index: number, plane: Float32Array): void => {
    const own = index - beforePlanes;
    if (own < 0 || own >= planes) return;
    const cut = new Float32Array(channels * rows * columns);
    for (let channel = 0, to = 0; channel < channels; channel++)
      for (let row = 0; row < rows; row++, to += columns) {
        const from = (channel * paddedRows + beforeRows + row) * paddedColumns + beforeColumns;
        cut.set(plane.subarray(from, from + columns), to);
      }
    if (answer.kind !== 'labels' && answer.activatedOn === 'grid') activateInPlace(cut, channels, answer.activation);
    write(own, cut);
  };
}

function requireSize(size: Triple): void {
  const voxels = voxelCount({ sizeVoxels: size, voxelToWorld: [] });
  if (voxels <= MOST_GRID_VOXELS) return;
  throw new VoxwatchError(
    'GEOMETRY_INVALID',
    `The network would see this scan on a grid of ${size.join(' × ')} voxels: the size of its voxels cannot be right.`,
  );
}
