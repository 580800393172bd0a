/**
 * A stage in tiles in words, for the card: what is done to a scan before the network, and to its answer after it.
 * @module
 */
import type { TileStage } from '../../core/model-manifest.ts';
import type { TileIntensity } from '../../core/tile-intensity.ts';
import type { GridAxis, TileAnswer } from '../../core/tile-stage.ts';

/** The grid, axis by axis. */
export function gridWords({ axes, grid }: Pick<TileStage, 'axes' | 'grid'>): string {
  return grid.map((axis, n) => `${axes[n]}: ${axisWords(axis)}`).join(', ');
}

/** What the network sees at once. */
export function tileWords({ tile, stepFraction }: Pick<TileStage, 'tile' | 'stepFraction'>): string {
  const step = `steps of ${stepFraction} of a tile`;
  if (tile.kind === 'solid') return `tiles of ${tile.sizeVoxels.join(' × ')}, ${step}`;
  const beside = tile.neighbours === 0 ? '' : ` with ${tile.neighbours} neighbours on either side`;
  return `slices${beside}, tiles of ${tile.sizePixels.join(' × ')}, ${step}`;
}

/** Its channels, in the order of the input. */
export function channelWords(channels: readonly TileIntensity[]): string {
  return channels.map(intensityWords).join('; ');
}

/** The whole recipe, one line a decision. */
export function contractLines(stage: TileStage): string[] {
  const { input, output, axes, alignment, interpolation, interpolationBack, intensityTaken, weight, padding, mirrorAxes } = stage;
  const weighed = weight.kind === 'constant' ? 'each the same' : `a bell of ${weight.sigmaFraction} of the tile (${weight.centre})`;
  return [
    `Input \`${input}\`, float32; its axes rise to ${axes.join(', ')} (the slowest first). Output \`${output}\`.`,
    `Grid: the ${alignment === 'edges' ? 'outer faces' : 'first centres'} of scan and grid coincide; ${interpolation.join(', ')} there, ${interpolationBack.join(', ')} back; overshoot ${stage.overshoot}.`,
    `Intensities are taken ${intensityTaken.replace('-', ' ')}: ${channelWords(stage.channels)}.`,
    `Tiles: ${tileWords(stage)} (${stage.stepping}); where they overlap voxels count ${weighed}; beyond the grid ${padding.kind === 'edge' ? 'the outer voxels go on' : `${padding.value}`}.`,
    mirrorAxes.length === 0
      ? 'No mirroring.'
      : `Mirrored along axes ${mirrorAxes.join(', ')}: ${2 ** mirrorAxes.length} runs a tile, averaged.`,
    answerWords(stage.answer),
  ];
}

function axisWords(axis: GridAxis): string {
  if (axis.kind === 'native') return 'as scanned';
  return axis.kind === 'spacing' ? `${axis.mm} mm` : `${axis.voxels} voxels`;
}

function intensityWords(intensity: TileIntensity): string {
  switch (intensity.scheme) {
    case 'as-stored':
      return 'HU as stored';
    case 'window':
      return `${intensity.rangeHu.join(' … ')} HU to ${intensity.to.join(' … ')}${intensity.clips ? '' : ', not clipped'}`;
    case 'percentiles':
      return `percentiles ${intensity.percentiles.join(' … ')} to ${intensity.to.join(' … ')}${intensity.clips ? '' : ', not clipped'}`;
    case 'standardise':
      return `${clampWords(intensity.clampHu)}(HU − ${intensity.meanHu}) / ${intensity.standardDeviationHu}`;
    case 'volume-standardise':
      return `${clampWords(intensity.clampHu)}mean and standard deviation of the scan become 0 and 1`;
  }
}

function clampWords(clampHu: readonly [number, number] | undefined): string {
  return clampHu ? `clamped to ${clampHu.join(' … ')} HU, ` : '';
}

function answerWords(answer: TileAnswer): string {
  if (answer.kind === 'labels') return `It answers with classes, which become labels ${answer.labels.join(', ')}; tiles vote.`;
  const activated = answer.activation === 'none' ? 'no activation' : `${answer.activation} on the ${answer.activatedOn}`;
  if (answer.kind === 'classes')
    return `It answers with a channel a class: ${activated}, the highest decides, labels ${answer.labels.join(', ')}.`;
  const outputs = answer.outputs.map(
    ({ channel, threshold, label }) => `channel ${channel} from ${threshold} on is label ${label}`,
  );
  return `It answers with channels for themselves: ${activated}; ${outputs.join('; ')}.`;
}
