/**
 * Cases → an {@link Inspection}. Reads as training reads, so that what it leaves out training leaves out.
 * @module
 */
import { affineSpacingMm } from '../../core/affine.ts';
import { VoxwatchError } from '../../core/errors.ts';
import type { NamedLabel } from '../../core/label-table.ts';
import { voxelVolumesMm3 } from '../../core/volume.ts';
import { axialView, readBoxInto, wholeSlice } from '../../preprocess/reorient.ts';
import type { CaseList, LeftOutCase } from '../data/list-cases.ts';
import { type LabelledCase, type LabelRules, readCase } from '../data/read-case.ts';
import { type CaseFacts, type Inspection, spreadOf } from './inspection.ts';
import { ValueHistogram } from './value-histogram.ts';

export interface InspectJob {
  readonly recipe: string;
  readonly list: CaseList;
  readonly rules: LabelRules;
  /** Of the recipe; background is added. */
  readonly labels: readonly NamedLabel[];
  /** Called with each case that can be used, and the slice that shows most of its highest label. */
  readonly onRead: (number: number, read: LabelledCase, slice: ShownSlice) => Promise<void>;
  readonly onCase: (progress: { readonly done: number; readonly of: number; readonly leftOut?: LeftOutCase }) => void;
}

/** A slice worth a picture, counted from the feet, from 0. */
export interface ShownSlice {
  readonly k: number;
  readonly of: number;
  /** Labels that it shows. */
  readonly labels: readonly number[];
}

export interface InspectedCases {
  readonly inspection: Inspection;
  /** Ids of cases by number, from 1; those left out included. */
  readonly ids: readonly string[];
}

/** @throws {VoxwatchError} `INPUT_EMPTY` if no case can be used. */
export async function inspectCases(job: InspectJob): Promise<InspectedCases> {
  const { list, rules, onRead, onCase } = job;
  const totals = new Totals(rules.labels);
  const leftOut: Inspection['leftOut'][number][] = [];
  const cases: CaseFacts[] = [];
  for (const [index, files] of list.cases.entries()) {
    const number = index + 1;
    const read = await readCase(files, rules).catch((thrown: unknown) => {
      if (thrown instanceof VoxwatchError) return thrown;
      throw thrown;
    });
    if (read instanceof VoxwatchError) {
      const { code, message } = read;
      leftOut.push({ number, code, message });
      onCase({ done: number, of: list.cases.length, leftOut: { id: files.id, code, message } });
      continue;
    }
    const { facts, shown } = totals.add(number, read);
    cases.push(facts);
    await onRead(number, read, shown);
    onCase({ done: number, of: list.cases.length });
  }
  list.leftOut.forEach(({ code, message }, index) => {
    leftOut.push({ number: list.cases.length + index + 1, code, message });
  });
  if (cases.length === 0)
    throw new VoxwatchError(
      'INPUT_EMPTY',
      `None of the ${leftOut.length} cases of the data folder can be used. The first: ${leftOut[0]?.message}`,
    );
  return {
    inspection: {
      schemaVersion: 1,
      recipe: job.recipe,
      layouts: list.layouts,
      ...totals.summarize(job.labels, cases),
      cases,
      leftOut,
    },
    ids: [...list.cases, ...list.leftOut].map(({ id }) => id),
  };
}

/** What is summed over cases, by label. */
class Totals {
  private readonly labels: number;
  private readonly cases: number[];
  private readonly slices: number[];
  private readonly volumesMl: number[][];
  private histograms: ValueHistogram[] = [];
  private all: ValueHistogram | undefined;
  private isHu = true;

  constructor(labels: number) {
    this.labels = labels;
    this.cases = new Array<number>(labels).fill(0);
    this.slices = new Array<number>(labels).fill(0);
    this.volumesMl = Array.from({ length: labels }, () => []);
  }

  add(number: number, read: LabelledCase): { readonly facts: CaseFacts; readonly shown: ShownSlice } {
    const stack = stackOf(read);
    if (!this.all) {
      this.isHu = read.kind === 'volume';
      const make = (): ValueHistogram =>
        read.kind === 'volume' ? ValueHistogram.ofHu() : ValueHistogram.ofStored(...rangeOf(read.values));
      this.all = make();
      this.histograms = Array.from({ length: this.labels }, make);
    }
    const labelVoxels = new Array<number>(this.labels).fill(0);
    const bySlice: number[][] = [];
    let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let k = 0; k < stack.slices; k++) {
      const { values, labels } = stack.read(k);
      const counts = new Array<number>(this.labels).fill(0);
      for (let p = 0; p < values.length; p++) {
        const value = values[p] as number;
        // A picture's channels share one mask.
        const label = labels[p % labels.length] as number;
        if (p < labels.length) counts[label] = (counts[label] as number) + 1;
        (this.histograms[label] as ValueHistogram).add(value);
        this.all.add(value);
        if (value < lowest) lowest = value;
        if (value > highest) highest = value;
      }
      bySlice.push(counts);
      counts.forEach((pixels, label) => {
        labelVoxels[label] = (labelVoxels[label] as number) + pixels;
        if (pixels > 0) this.slices[label] = (this.slices[label] as number) + 1;
      });
    }
    labelVoxels.forEach((voxels, label) => {
      if (voxels === 0) return;
      this.cases[label] = (this.cases[label] as number) + 1;
      if (stack.voxelMl !== undefined) this.volumesMl[label]?.push(voxels * stack.voxelMl);
    });
    const { sizePixels, slices, spacingMm } = stack;
    const facts = { number, sizePixels, slices, ...(spacingMm ? { spacingMm } : {}), lowest, highest, labelVoxels };
    return { facts, shown: mostTelling(bySlice) };
  }

  summarize(
    named: readonly NamedLabel[],
    cases: readonly CaseFacts[],
  ): Pick<Inspection, 'unit' | 'values' | 'labels' | 'matrices' | 'slices' | 'pixelMm' | 'sliceStepMm'> {
    const voxelsOf = (label: number): number => cases.reduce((sum, { labelVoxels }) => sum + (labelVoxels[label] ?? 0), 0);
    const all = Array.from({ length: this.labels }, (_, label) => voxelsOf(label)).reduce((sum, voxels) => sum + voxels, 0);
    const values = this.all?.summarize();
    const spacings = cases.flatMap(({ spacingMm }) => (spacingMm ? [spacingMm] : []));
    return {
      unit: this.isHu ? 'HU' : 'stored values',
      ...(values ? { values } : {}),
      labels: [{ index: 0, name: 'background' }, ...named].map(({ index, name }) => {
        const own = this.histograms[index]?.summarize();
        const volumes = this.volumesMl[index] ?? [];
        return {
          index,
          name,
          cases: this.cases[index] ?? 0,
          slices: this.slices[index] ?? 0,
          voxels: voxelsOf(index),
          share: voxelsOf(index) / all,
          ...(index > 0 && volumes.length > 0 ? { volumeMl: spreadOf(volumes) } : {}),
          ...(own ? { values: own } : {}),
        };
      }),
      matrices: matricesOf(cases),
      slices: spreadOf(cases.map(({ slices }) => slices)),
      ...(spacings.length > 0
        ? { pixelMm: spreadOf(spacings.map(([x]) => x)), sliceStepMm: spreadOf(spacings.map(([, , z]) => z)) }
        : {}),
    };
  }
}

/** Axial slices of a case, from the feet. */
interface Stack {
  readonly sizePixels: readonly [number, number];
  readonly slices: number;
  readonly spacingMm?: readonly [number, number, number];
  readonly voxelMl?: number;
  /** The arrays are filled anew with every call. */
  readonly read: (k: number) => { readonly values: Int16Array | Float32Array; readonly labels: Uint8Array };
}

function stackOf(read: LabelledCase): Stack {
  if (read.kind === 'picture') {
    return { sizePixels: read.sizePixels, slices: 1, read: () => ({ values: read.values, labels: read.labels }) };
  }
  const { volume, truth } = read;
  const view = axialView(volume.geometry);
  const [width, height, slices] = view.sizeVoxels;
  const values = new Int16Array(width * height);
  const labels = new Uint8Array(width * height);
  const box = wholeSlice(view);
  return {
    sizePixels: [width, height],
    slices,
    spacingMm: affineSpacingMm(view.voxelToWorld),
    // NIfTI knows no uneven slices: all voxels have one volume.
    voxelMl: (voxelVolumesMm3(volume.geometry)[0] as number) / 1000,
    read: (k) => {
      readBoxInto(view, volume.hu, { k, box, padding: 0 }, values);
      readBoxInto(view, truth.labels, { k, box, padding: 0 }, labels);
      return { values, labels };
    },
  };
}

/** The slice with most of the highest label that occurs; the middle one where none does. */
function mostTelling(bySlice: readonly (readonly number[])[]): ShownSlice {
  const of = bySlice.length;
  const highest = bySlice.reduce(
    (max, counts) =>
      Math.max(
        max,
        counts.findLastIndex((pixels) => pixels > 0),
      ),
    0,
  );
  const k =
    highest === 0
      ? Math.floor(of / 2)
      : bySlice.reduce((best, counts, at) => ((counts[highest] ?? 0) > (bySlice[best]?.[highest] ?? 0) ? at : best), 0);
  return {
    k,
    of,
    labels: [...(bySlice[k] ?? []).entries()].flatMap(([label, pixels]) => (label > 0 && pixels > 0 ? [label] : [])),
  };
}

function matricesOf(cases: readonly CaseFacts[]): Inspection['matrices'] {
  const counts = new Map<string, { readonly sizePixels: readonly [number, number]; readonly cases: number }>();
  for (const { sizePixels } of cases) {
    const key = sizePixels.join();
    counts.set(key, { sizePixels, cases: (counts.get(key)?.cases ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.cases - a.cases);
}

function rangeOf(values: Float32Array): [number, number] {
  let [lowest, highest] = [values[0] as number, values[0] as number];
  for (const value of values) [lowest, highest] = [Math.min(lowest, value), Math.max(highest, value)];
  return [lowest, highest];
}
