/**
 * A stage whose network was made elsewhere: it takes float32 tiles, and the manifest says how a scan becomes them and how its
 * answers become labels.
 *
 * Nothing is inside the graph but the network. `preprocess/tiles/` prepares the tiles, `runtime/tiles/` puts the answers
 * together; docs/import.md says the same in words.
 * @module
 */
import { z } from 'zod';
import { tileIntensitySchema } from './tile-intensity.ts';

/** World directions: R and L, A and P, I and S. */
const OPPOSITES = [
  ['L', 'R'],
  ['P', 'A'],
  ['S', 'I'],
] as const;

const direction = z.enum(['L', 'R', 'P', 'A', 'S', 'I']);
const three = <Schema extends z.ZodType>(schema: Schema) => z.tuple([schema, schema, schema]).readonly();
const voxels = z.int().min(1).max(4096);
const label = z.int().min(0).max(255);

/** How many voxels the network's grid has along an axis, and so how large they are. */
const gridAxisSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('native') }).describe('as the scan has them'),
  z.strictObject({ kind: z.literal('spacing'), mm: z.number().positive() }).describe('voxels of this size'),
  z.strictObject({ kind: z.literal('size'), voxels }).describe('always this many, whatever the scan'),
]);

/** What the network sees at once. */
const tileSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('planar'),
      sizePixels: z.tuple([voxels, voxels]).readonly(),
      neighbours: z.int().min(0).max(16),
    })
    .describe(
      'slices across the first axis: input [1, channels, rows, columns]; as many neighbours on either side are channels too, the lowest slice first',
    ),
  z
    .strictObject({ kind: z.literal('solid'), sizeVoxels: three(voxels) })
    .describe('blocks: input [1, channels, first, second, third axis]'),
]);

/** What a voxel of a tile counts where tiles overlap. */
const weightSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant') }),
  z
    .strictObject({
      kind: z.literal('gaussian'),
      /** Standard deviation, as a share of the tile's size along each axis. */
      sigmaFraction: z.number().positive().max(10),
      /** The middle of the tile: voxel ⌊size / 2⌋, as nnU-Net has it, or (size − 1) / 2, as MONAI. */
      centre: z.enum(['upper-voxel', 'middle']),
      /** The least that a voxel counts; the bell's top is 1. */
      floor: z.number().min(0).lt(1),
    })
    .describe('a bell'),
]);

const activation = z.enum(['none', 'softmax', 'sigmoid']);
/** Where it is applied: to each tile's answer, to the blended grid, or to what came back to the scan's voxels. */
const activatedOn = z.enum(['tile', 'grid', 'scan']);

/** What the network answers, and what becomes of it. */
const outputSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('classes'), activation, activatedOn, labels: z.array(label).min(2).max(256).readonly() })
    .describe('a channel a class: the highest decides, the first of equals; class n becomes labels[n]'),
  z
    .strictObject({
      kind: z.literal('channels'),
      activation,
      activatedOn,
      /** Channels of the network's answer. */
      count: z.int().min(1).max(256),
      outputs: z
        .array(z.strictObject({ channel: z.int().min(0).max(255), threshold: z.number(), label: label.min(1) }))
        .min(1)
        .readonly(),
    })
    .describe('channels that decide each for itself: from its threshold on a voxel is its label, later outputs over earlier ones'),
  z
    .strictObject({ kind: z.literal('labels'), labels: z.array(label).min(2).max(256).readonly() })
    .describe('one channel of whole numbers, the arg-max inside; where tiles overlap they vote'),
]);

export const tileNetworkSchema = z.strictObject({
  /** Names of the ONNX file's input and output. */
  input: z.string().min(1),
  output: z.string().min(1),
  axes: three(direction).describe(
    'where each axis of the network rises to, the slowest first: S, P, L for arrays as SimpleITK and nnU-Net have them, R, A, S for MONAI. For slices the first is the axis across them',
  ),
  grid: three(gridAxisSchema),
  /** Where the grid lies: its outer faces on the scan's (the voxels then fit whole), or its first centre on the scan's first. */
  alignment: z.enum(['edges', 'first-centre']),
  /** How HU get onto the grid, and how answers get back, axis by axis. */
  interpolation: three(z.enum(['nearest', 'linear', 'cubic'])),
  interpolationBack: three(z.enum(['nearest', 'linear'])),
  /** Where cubic goes beyond what is there: `kept`, or cut to the range of the volume or of each plane, as scikit-image does. */
  overshoot: z.enum(['kept', 'within-volume', 'within-plane']),
  intensityTaken: z.enum(['before-resampling', 'after-resampling']),
  channels: z.array(tileIntensitySchema).min(1).max(16).readonly(),
  tile: tileSchema,
  /** From one tile to the next, as a share of its size: 0.5 = they overlap by half. */
  stepFraction: z.number().gt(0).max(1),
  /** `spread`: as many as are needed, evenly (nnU-Net); `fixed`: whole steps, the last one moved back inside (MONAI). */
  stepping: z.enum(['spread', 'fixed']),
  weight: weightSchema,
  padding: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('constant'), value: z.number() }),
      z.strictObject({ kind: z.literal('edge') }),
    ])
    .describe('what lies beyond a grid that is smaller than a tile, as network input'),
  mirrorAxes: z
    .array(z.int().min(0).max(2))
    .max(3)
    .readonly()
    .describe('axes along which the tile is also shown mirrored, in all combinations; the answers are averaged'),
  answer: outputSchema,
});

export type TileNetwork = z.infer<typeof tileNetworkSchema>;
export type TileAnswer = TileNetwork['answer'];
export type TileWeight = TileNetwork['weight'];
export type GridAxis = TileNetwork['grid'][number];
export type Direction = TileNetwork['axes'][number];
export type Interpolation = TileNetwork['interpolation'][number];
export type Activation = z.infer<typeof activation>;

/**
 * What is wrong with a description that each field alone does not show.
 * @returns a sentence's end for each fault: `its axes …`.
 */
export function tileFaults(network: TileNetwork): string[] {
  const { axes, tile, mirrorAxes, channels, intensityTaken, answer } = network;
  const worldAxes = axes.map((letter) => OPPOSITES.findIndex((pair) => (pair as readonly string[]).includes(letter)));
  const isPlanar = tile.kind === 'planar';
  const needsVolume = channels.some(({ scheme }) => scheme === 'percentiles' || scheme === 'volume-standardise');
  return [
    ...(new Set(worldAxes).size === 3 ? [] : [`its axes ${axes.join(', ')} do not name each direction of space once`]),
    ...(isPlanar && mirrorAxes.includes(0) ? ['slices cannot be mirrored along the axis across them, which is axis 0'] : []),
    ...(new Set(mirrorAxes).size === mirrorAxes.length ? [] : ['its mirrorAxes name an axis twice']),
    ...(answer.kind === 'channels' && answer.outputs.some(({ channel }) => channel >= answer.count)
      ? [`its outputs name a channel beyond the ${answer.count} there are, counted from 0`]
      : []),
    ...(needsVolume && intensityTaken === 'after-resampling'
      ? ['figures of the whole volume are taken of the scan itself: say intensityTaken before-resampling']
      : []),
  ];
}

/** World axis (0 = x …) of a direction, and whether it rises the way that LPS does. */
export function worldAxisOf(letter: Direction): { readonly axis: 0 | 1 | 2; readonly isFlipped: boolean } {
  const axis = OPPOSITES.findIndex((pair) => (pair as readonly string[]).includes(letter)) as 0 | 1 | 2;
  return { axis, isFlipped: OPPOSITES[axis][1] === letter };
}

/** Channels of the network's input. */
export function inputChannels({ tile, channels }: Pick<TileNetwork, 'tile' | 'channels'>): number {
  return channels.length * (tile.kind === 'planar' ? 2 * tile.neighbours + 1 : 1);
}

/** Shape of the network's input, a batch of one tile. */
export function inputShape(network: Pick<TileNetwork, 'tile' | 'channels'>): readonly number[] {
  const { tile } = network;
  return [1, inputChannels(network), ...(tile.kind === 'planar' ? tile.sizePixels : tile.sizeVoxels)];
}

/** Size of a tile along the three axes; of slices 1 along the first. */
export function tileSize({ tile }: Pick<TileNetwork, 'tile'>): readonly [number, number, number] {
  return tile.kind === 'planar' ? [1, ...tile.sizePixels] : tile.sizeVoxels;
}

/** Channels of what is blended: of the network's answer, or of labels a channel for each class that they name. */
export function answerChannels(answer: TileAnswer): number {
  return answer.kind === 'channels' ? answer.count : answer.labels.length;
}

/** Labels that such a stage can give, 0 among them where it is. */
export function labelsOfAnswer(answer: TileAnswer): readonly number[] {
  return answer.kind === 'channels' ? answer.outputs.map(({ label: given }) => given) : answer.labels;
}
