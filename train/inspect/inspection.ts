/**
 * A first look at training data: what `inspection.json` holds. Cases are numbers here; `cases.json` beside it, which stays
 * with the data, says which is which.
 * @module
 */
import type { ErrorCode } from '../../core/errors.ts';
import type { Layout } from '../../formats/data-sets/data-set.ts';
import type { ValueSummary } from './value-histogram.ts';

/** Over cases; nothing where there is none. */
export interface Spread {
  readonly mean: number;
  readonly minimum: number;
  readonly median: number;
  readonly maximum: number;
}

export interface LabelFacts {
  /** 0 is background. */
  readonly index: number;
  readonly name: string;
  /** Cases and slices that show it. */
  readonly cases: number;
  readonly slices: number;
  readonly voxels: number;
  /** Share of all voxels. */
  readonly share: number;
  /** Over the cases that show it; absent for slices that lie nowhere in space. */
  readonly volumeMl?: Spread;
  /** HU, or values as stored, inside the label. */
  readonly values?: ValueSummary;
}

export interface CaseFacts {
  /** From 1. */
  readonly number: number;
  readonly sizePixels: readonly [width: number, height: number];
  readonly slices: number;
  /** Of the axial slices: pixel width and height, distance of slices; absent for slices that lie nowhere in space. */
  readonly spacingMm?: readonly [number, number, number];
  readonly lowest: number;
  readonly highest: number;
  /** Voxels by label, background first. */
  readonly labelVoxels: readonly number[];
}

export interface Inspection {
  readonly schemaVersion: 1;
  readonly recipe: string;
  readonly layouts: readonly Layout[];
  readonly unit: 'HU' | 'stored values';
  /** All voxels. */
  readonly values?: ValueSummary;
  readonly labels: readonly LabelFacts[];
  readonly matrices: readonly { readonly sizePixels: readonly [number, number]; readonly cases: number }[];
  readonly slices: Spread;
  readonly pixelMm?: Spread;
  readonly sliceStepMm?: Spread;
  readonly cases: readonly CaseFacts[];
  readonly leftOut: readonly { readonly number: number; readonly code: ErrorCode; readonly message: string }[];
}

/** @param values - At least one. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [below, above] = [sorted[Math.floor(middle)] as number, sorted[Math.ceil(middle)] as number];
  return {
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    minimum: sorted[0] as number,
    median: (below + above) / 2,
    maximum: sorted.at(-1) as number,
  };
}
