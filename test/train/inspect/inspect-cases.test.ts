import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../../core/affine.ts';
import { createLabelMap, createVolume } from '../../../core/volume.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import type { CaseList, TrainingCase } from '../../../train/data/list-cases.ts';
import { type InspectedCases, inspectCases, type ShownSlice } from '../../../train/inspect/inspect-cases.ts';
import { ValueHistogram } from '../../../train/inspect/value-histogram.ts';
import { KIDNEY_ENET_CASCADE } from '../../../train/recipes/kidney-enet-cascade.ts';
import { npy } from '../../formats/npy/write-npy.ts';
import { describeWithSharedData, expectedData, sharedPath } from '../../formats/shared-data.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'voxwatch-inspect-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** 4 × 3 pixels of 2 × 3 mm, 5 mm apart: 30 mm³ a voxel; k slices. HU is 10 · label − 100. */
function writeCase(name: string, labels: readonly (readonly number[])[]): TrainingCase {
  const geometry = {
    sizeVoxels: [4, 3, labels.length] as const,
    voxelToWorld: affineFromColumns([2, 0, 0], [0, 3, 0], [0, 0, 5], [0, 0, 0]),
  };
  const truth = Uint8Array.from(labels.flatMap((slice) => [...slice, ...new Array<number>(12 - slice.length).fill(0)]));
  const files = { image: path.join(folder, `${name}.nii.gz`), truth: path.join(folder, `${name}-mask.nii.gz`) };
  const hu = Int16Array.from(truth, (label) => 10 * label - 100);
  writeFileSync(files.image, writeNiftiVolume(createVolume(geometry, hu)));
  writeFileSync(files.truth, writeNiftiLabels(createLabelMap(geometry, truth), KIDNEY_ENET_CASCADE.labels));
  return { id: name, patient: name, format: 'nifti', ...files };
}

async function inspect(
  cases: readonly TrainingCase[],
  labels = [
    { index: 1, name: 'kidney' },
    { index: 2, name: 'tumour' },
  ],
): Promise<InspectedCases & { readonly shown: readonly (readonly [number, ShownSlice])[] }> {
  const list: CaseList = {
    layouts: ['kits'],
    cases,
    leftOut: [{ id: 'half', code: 'INPUT_NOT_FOUND', message: 'There is no truth for this case.' }],
  };
  const shown: [number, ShownSlice][] = [];
  const inspected = await inspectCases({
    recipe: 'a-recipe',
    list,
    rules: { labels: Math.max(...labels.map(({ index }) => index)) + 1 },
    labels,
    onRead: async (number, _, slice) => {
      shown.push([number, slice]);
    },
    onCase: () => {},
  });
  return { ...inspected, shown };
}

describe('a first look', () => {
  const one = writeCase('one', [[], [1, 1, 1], [1, 2], [2, 2, 1]]);
  const two = writeCase('two', [[1], []]);
  const strange = writeCase('strange', [[7]]);

  it('counts cases, slices, voxels and millilitres of every label', async () => {
    const { inspection } = await inspect([one, two]);
    const [background, kidney, tumour] = inspection.labels;
    expect(kidney).toMatchObject({ name: 'kidney', cases: 2, slices: 4, voxels: 6, share: 6 / 72 });
    expect(kidney?.volumeMl?.mean).toBeCloseTo(0.09, 9);
    expect([kidney?.volumeMl?.minimum, kidney?.volumeMl?.maximum].map((ml) => Number(ml?.toFixed(9)))).toEqual([0.03, 0.15]);
    expect(tumour).toMatchObject({ cases: 1, slices: 2, voxels: 3 });
    expect(background).toMatchObject({ index: 0, cases: 2, slices: 6, voxels: 63 });
    expect(background?.volumeMl).toBeUndefined();
  });

  it('knows the HU of every label, and of all', async () => {
    const { inspection } = await inspect([one, two]);
    expect(inspection.labels.map(({ values }) => [values?.lowest, values?.median, values?.highest])).toEqual([
      [-100, -100, -100],
      [-90, -90, -90],
      [-80, -80, -80],
    ]);
    expect(inspection.values).toMatchObject({ count: 72, lowest: -100, highest: -80 });
    expect(inspection.values?.mean).toBeCloseTo((63 * -100 + 6 * -90 + 3 * -80) / 72, 9);
  });

  it('knows grids, and what each case has', async () => {
    const { inspection } = await inspect([one, two]);
    expect(inspection.matrices).toEqual([{ sizePixels: [4, 3], cases: 2 }]);
    expect(inspection.slices).toEqual({ mean: 3, minimum: 2, median: 3, maximum: 4 });
    expect(inspection.sliceStepMm?.median).toBeCloseTo(5, 5);
    expect(inspection.cases.map(({ number, labelVoxels }) => [number, labelVoxels])).toEqual([
      [1, [40, 5, 3]],
      [2, [23, 1, 0]],
    ]);
  });

  it('shows of each case the slice with most of its highest label', async () => {
    const { shown } = await inspect([one, two]);
    expect(shown).toEqual([
      [1, { k: 3, of: 4, labels: [1, 2] }],
      [2, { k: 0, of: 2, labels: [1] }],
    ]);
  });

  it('lists what training would leave out, by number only; the ids stand apart', async () => {
    const { inspection, ids } = await inspect([one, strange, two]);
    expect(inspection.leftOut.map(({ number, code }) => [number, code])).toEqual([
      [2, 'LABEL_UNKNOWN'],
      [4, 'INPUT_NOT_FOUND'],
    ]);
    expect(ids).toEqual(['one', 'strange', 'two', 'half']);
    expect(JSON.stringify(inspection)).not.toMatch(/strange|half/);
  });

  it('ends where no case can be used', async () => {
    await expect(inspect([strange])).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
  });

  it('of NumPy slices has no millilitres, and every channel’s values', async () => {
    const files = { image: path.join(folder, 'slice.npy'), truth: path.join(folder, 'slice_mask.npy') };
    writeFileSync(files.image, npy('<f4', [2, 2, 2], [0.25, 1, 0.5, 1, 0.75, 1, 2, 8]));
    writeFileSync(files.truth, npy('|u1', [2, 2], [0, 0, 0, 1]));
    const { inspection } = await inspect([{ id: 'slice', patient: 'slice', format: 'numpy', ...files }]);
    expect(inspection.unit).toBe('stored values');
    expect(inspection.pixelMm).toBeUndefined();
    expect(inspection.labels[1]).toMatchObject({ voxels: 1, values: { count: 2, lowest: 2, highest: 8 } });
    expect(inspection.labels[1]?.volumeMl).toBeUndefined();
  });
});

describe('a histogram', () => {
  it('of HU is exact, from one end of int16 to the other', () => {
    const histogram = ValueHistogram.ofHu();
    for (let n = 0; n <= 1000; n++) histogram.add(n - 500);
    const summary = histogram.summarize();
    expect([summary?.p5, summary?.median, summary?.p95]).toEqual([-450, 0, 450]);
    for (const end of [-32768, 32767]) histogram.add(end);
    expect(histogram.summarize()).toMatchObject({ count: 1003, lowest: -32768, highest: 32767 });
  });

  it('loses nothing where values leave its first range, downwards or upwards', () => {
    const histogram = ValueHistogram.ofStored(0, 1);
    for (let n = 0; n <= 10000; n++) histogram.add((n - 2000) / 1000);
    const summary = histogram.summarize();
    expect(summary?.count).toBe(10001);
    expect(summary?.bins.counts.reduce((sum, count) => sum + count, 0)).toBe(10001);
    expect(summary?.median).toBeCloseTo(3, 1);
    expect([summary?.lowest, summary?.highest]).toEqual([-2, 8]);
  });

  it('of nothing, or of one value over and over, is well', () => {
    expect(ValueHistogram.ofHu().summarize()).toBeUndefined();
    const flat = ValueHistogram.ofStored(3, 3);
    for (let n = 0; n < 5; n++) flat.add(3);
    expect(flat.summarize()).toMatchObject({ count: 5, median: 3, bins: { counts: [5] } });
  });
});

describeWithSharedData('a real CT with the labels of 61 organs', () => {
  it('has the volumes that nibabel counts', async () => {
    const name = 'labelled/totalsegmentator/example_seg_fast_force_split.nii.gz';
    const voxels = Object.entries(expectedData().nifti[name]?.labels_voxels ?? {}).filter(([label]) => label !== '0');
    const files = { image: sharedPath('labelled/totalsegmentator/example_ct.nii.gz'), truth: sharedPath(name) };
    const labels = Array.from({ length: 117 }, (_, n) => ({ index: n + 1, name: `label ${n + 1}` }));
    const { inspection } = await inspect([{ id: 'ct', patient: 'ct', format: 'nifti', ...files }], labels);
    expect(voxels.length).toBeGreaterThan(50);
    for (const [label, count] of voxels) expect(inspection.labels[Number(label)]?.voxels, label).toBe(count);
    expect(inspection.matrices[0]?.sizePixels).toEqual([122, 101]);
    // 3 mm voxels.
    expect(inspection.labels[5]?.volumeMl?.mean).toBeCloseTo(((inspection.labels[5]?.voxels ?? 0) * 27) / 1000, 1);
  });
});
