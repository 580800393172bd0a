/**
 * Flags of `voxwatch import` → the part of a description that they stand for; the file given with `--describe` says the rest.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import type { PartialDescription } from '../export/imported/description.ts';

export interface DescriptionFlags {
  readonly name?: string;
  readonly convention?: string;
  readonly label?: readonly string[];
  readonly madeBy?: string;
  readonly trainedOn?: string;
  readonly axes?: string;
  readonly spacing?: string;
  readonly tile?: string;
  readonly neighbours?: number;
  readonly clip?: string;
  readonly standardise?: string;
  readonly window?: string;
  readonly activation?: string;
  readonly mirror?: boolean;
}

/**
 * Lays flags over a description file: a flag wins.
 * @param described - What the file holds; an empty object without one.
 * @throws {VoxwatchError} `USAGE` for a flag that cannot be read.
 */
export function withFlags(described: PartialDescription, flags: DescriptionFlags): PartialDescription {
  const labels = flags.label?.map(labelOf);
  const network = (described.network ?? {}) as PartialDescription;
  const tile = flags.tile === undefined ? undefined : tileOf(numbersOf('--tile', flags.tile), flags.neighbours ?? 0);
  return {
    ...described,
    ...present({ name: flags.name, convention: flags.convention, labels, madeBy: flags.madeBy, trainedOn: flags.trainedOn }),
    network: {
      ...network,
      ...present({
        axes: flags.axes?.toUpperCase().split(''),
        grid: flags.spacing?.split(',').map(gridAxisOf),
        tile,
        channels: channelsOf(flags),
        answer: flags.activation === undefined ? undefined : answerOf(flags.activation, labels),
        mirrorAxes: flags.mirror
          ? (tile ?? (network.tile as { kind?: string } | undefined))?.kind === 'planar'
            ? [1, 2]
            : [0, 1, 2]
          : undefined,
      }),
    },
  };
}

function present(values: Readonly<Record<string, unknown>>): PartialDescription {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** `3=liver`. */
function labelOf(text: string): { readonly index: number; readonly name: string } {
  const [, index, name] = /^(\d+)=(.+)$/.exec(text) ?? [];
  if (index === undefined || name === undefined) throw usage(`--label takes NUMBER=NAME, like 1=liver`);
  return { index: Number(index), name };
}

function numbersOf(option: string, text: string): number[] {
  const numbers = text.split(',').map(Number);
  if (numbers.length === 0 || numbers.some((value) => !Number.isFinite(value)) || text.trim() === '')
    throw usage(`${option} takes numbers with commas between them`);
  return numbers;
}

/** Two numbers are a slice's rows and columns, three a block. */
function tileOf(size: readonly number[], neighbours: number) {
  if (size.length === 2) return { kind: 'planar', sizePixels: size, neighbours };
  if (size.length === 3) return { kind: 'solid', sizeVoxels: size };
  throw usage('--tile takes two numbers for slices (rows, columns), three for blocks');
}

/** `native`, a spacing in mm, or `256px`: so many voxels. */
function gridAxisOf(text: string) {
  if (text === 'native') return { kind: 'native' };
  const voxels = /^(\d+)px$/.exec(text)?.[1];
  if (voxels !== undefined) return { kind: 'size', voxels: Number(voxels) };
  const mm = Number(text);
  if (mm > 0) return { kind: 'spacing', mm };
  throw usage('--spacing takes, for each axis of the network, mm, `native`, or a number of voxels like 256px');
}

function channelsOf({ clip, standardise, window }: DescriptionFlags): readonly unknown[] | undefined {
  if (window !== undefined && (clip !== undefined || standardise !== undefined))
    throw usage('--window stands alone, without --clip and --standardise');
  const clampHu = clip === undefined ? undefined : numbersOf('--clip', clip);
  if (window !== undefined) return [{ scheme: 'window', rangeHu: numbersOf('--window', window), to: [0, 1], clips: true }];
  if (standardise === 'volume') return [{ scheme: 'volume-standardise', ...present({ clampHu }) }];
  if (standardise !== undefined) {
    const [meanHu, standardDeviationHu] = numbersOf('--standardise', standardise);
    return [{ scheme: 'standardise', ...present({ clampHu }), meanHu, standardDeviationHu }];
  }
  if (clampHu !== undefined) throw usage('--clip goes with --standardise');
  return undefined;
}

/** Labels in ascending order: of classes 1, 2, … after the background, of channels 0, 1, … */
function answerOf(activation: string, labels: readonly { readonly index: number }[] | undefined) {
  if (!labels) throw usage('--activation needs the labels, with --label');
  const indices = labels.map(({ index }) => index).toSorted((a, b) => a - b);
  if (activation === 'labels') return { kind: 'labels', labels: [0, ...indices] };
  if (activation !== 'sigmoid') return { kind: 'classes', activation, activatedOn: 'scan', labels: [0, ...indices] };
  const outputs = indices.map((label, channel) => ({ channel, threshold: 0.5, label }));
  return { kind: 'channels', activation, activatedOn: 'scan', count: indices.length, outputs };
}

function usage(message: string): VoxwatchError {
  return new VoxwatchError('USAGE', `${message}.`);
}
