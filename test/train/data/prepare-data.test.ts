import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLabelMap } from '../../../core/volume.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import type { LeftOutCase } from '../../../train/data/list-cases.ts';
import { type DataOptions, type DataProgress, type PreparedData, prepareData } from '../../../train/data/prepare-data.ts';
import type { Sides } from '../../../train/data/split.ts';
import { KIDNEY_ENET_CASCADE } from '../../../train/recipes/kidney-enet-cascade.ts';
import { npy } from '../../formats/npy/write-npy.ts';
import { makeVolume } from '../../runtime/make-volume.ts';

let root = '';
let lines: DataProgress[] = [];
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'voxwatch-prepare-'));
  lines = [];
  mkdirSync(path.join(root, 'out'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Case n is n + 1 HU everywhere, with one voxel of the label. */
function writeCase(
  n: number,
  { label = 1, size = [4, 4, 3] as const }: { label?: number; size?: readonly [number, number, number] } = {},
): string {
  const folder = path.join(root, 'data', `case_0000${n}`);
  mkdirSync(folder, { recursive: true });
  const volume = makeVolume(size, [{ from: [0, 0, 0], to: size, hu: n + 1 }]);
  const labels = new Uint8Array(volume.hu.length);
  labels[5] = label;
  writeFileSync(path.join(folder, 'imaging.nii.gz'), writeNiftiVolume(volume));
  writeFileSync(
    path.join(folder, 'segmentation.nii.gz'),
    writeNiftiLabels(createLabelMap(volume.geometry, labels), KIDNEY_ENET_CASCADE.labels),
  );
  return folder;
}

function prepare(options: Partial<DataOptions> = {}): Promise<PreparedData> {
  return prepareData(
    { folders: [path.join(root, 'data')], ...options },
    {
      out: path.join(root, 'out'),
      seed: 1,
      layout: 'kits',
      split: { kind: 'name', name: 'shuffled-80-20' },
      labels: 3,
      grid: { kind: 'pixels', sizePixels: [4, 4] },
      onProgress: (line) => lines.push(line),
    },
  );
}

const written = <T>(file: string): T => JSON.parse(readFileSync(path.join(root, 'out', file), 'utf8')) as T;
const notes = (): string[] => lines.flatMap((line) => (line.kind === 'note' ? [line.text] : []));
const casesIn = ({ train, validation }: PreparedData): string[][] =>
  [train, validation].map(({ store }) => [...new Set(store.facts.map((slice) => slice.case))].sort());

async function releaseAll({ train, validation }: PreparedData): Promise<void> {
  await train.release();
  await validation.release();
}

describe('preparing data', () => {
  it('fills both sides by the split, writes it down, and leaves nothing large behind', async () => {
    for (let n = 0; n < 5; n++) writeCase(n);
    const data = await prepare();
    const sides = written<Sides & { split: string; seed: number }>('split.json');
    expect(casesIn(data)).toEqual([[...sides.train].sort(), [...sides.validation].sort()]);
    expect([sides.train.length, sides.validation.length, sides.test.length]).toEqual([4, 1, 0]);
    expect([sides.split, sides.seed]).toEqual(['shuffled-80-20', 1]);
    expect(data.train.store.facts).toHaveLength(12);
    expect(data.train.domain).toEqual({ pixelMm: [1, 1], sliceStepMm: [1, 1] });
    expect(written('left-out.json')).toEqual([]);
    expect(notes()).toEqual([]);
    await releaseAll(data);
    expect(readdirSync(path.join(root, 'out')).sort()).toEqual(['left-out.json', 'split.json']);
  });

  it('leaves bad cases out, one line each, counted at the end and written down', async () => {
    for (let n = 0; n < 6; n++) writeCase(n);
    writeFileSync(path.join(writeCase(6), 'imaging.nii.gz'), 'nonsense');
    writeCase(7, { label: 9 });
    rmSync(path.join(writeCase(8), 'segmentation.nii.gz'));
    const split = path.join(root, 'mine.json');
    const id = (n: number): string => `case_0000${n}`;
    writeFileSync(split, JSON.stringify({ train: [0, 1, 2, 3, 6, 7].map(id), validation: [4, 5].map(id) }));
    const data = await prepare({ split: { kind: 'file', file: split } });
    const leftOut = written<LeftOutCase[]>('left-out.json');
    expect(leftOut.map((own) => [own.id, own.code])).toEqual([
      ['case_00008', 'INPUT_NOT_FOUND'],
      ['case_00006', 'INPUT_TRUNCATED'],
      ['case_00007', 'LABEL_UNKNOWN'],
    ]);
    expect(casesIn(data)).toEqual([[0, 1, 2, 3].map(id), [4, 5].map(id)]);
    expect(lines.filter((line) => line.kind === 'left-out')).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toContain('case_');
    expect(notes()).toEqual(['3 of 9 cases were left out; left-out.json says which']);
    await releaseAll(data);
  });

  it('ends where no case of a side can be used, and says why the first cannot', async () => {
    for (let n = 0; n < 3; n++) writeCase(n, { label: 7 });
    await expect(prepare()).rejects.toMatchObject({
      code: 'INPUT_EMPTY',
      message: expect.stringMatching(/^None of the 2 cases of the train side can be used. The first: The mask holds label 7/),
    });
  });

  it('ends where there is nothing to validate on', async () => {
    writeCase(0);
    await expect(prepare()).rejects.toMatchObject({
      code: 'INPUT_EMPTY',
      message: expect.stringContaining('at least two patients'),
    });
  });

  it('resizes cases of another matrix, and says how many', async () => {
    for (let n = 0; n < 3; n++) writeCase(n);
    writeCase(3, { size: [8, 8, 2] });
    const data = await prepare();
    expect(casesIn(data).flat()).toHaveLength(4);
    expect(data.train.resized + data.validation.resized).toBe(1);
    expect(notes()).toEqual(['slices of 1 cases have another matrix: they were resized to 4 × 4, as the runtime does']);
    await releaseAll(data);
  });

  it('repeats a split from its file, whatever the seed, and names what only one of the two has', async () => {
    for (let n = 0; n < 5; n++) writeCase(n);
    const first = await prepare();
    const expected = casesIn(first);
    await releaseAll(first);
    const file = path.join(root, 'kept.json');
    writeFileSync(file, readFileSync(path.join(root, 'out', 'split.json')));
    rmSync(path.join(root, 'data', expected[0]?.[0] as string), { recursive: true });
    writeCase(9);
    const again = await prepare({ split: { kind: 'file', file } });
    expect(casesIn(again)).toEqual([expected[0]?.slice(1), expected[1]]);
    expect(written<LeftOutCase[]>('left-out.json').map(({ id, message }) => [id, message])).toEqual([
      [expected[0]?.[0], 'The split names this case, but the data folder does not have it.'],
      ['case_00009', 'The split does not name this case.'],
    ]);
    await releaseAll(again);
  });

  it('splits over slices only where it is asked to, warns, and can repeat that too', async () => {
    for (let n = 0; n < 4; n++) writeCase(n, { size: [4, 4, 5] });
    const data = await prepare({ split: { kind: 'name', name: 'slices-80-20' } });
    expect([data.train.store.facts.length, data.validation.store.facts.length]).toEqual([16, 4]);
    expect(notes()[0]).toContain('slices of one patient on both sides');
    const facts = data.validation.store.facts.map((slice) => slice.case);
    await releaseAll(data);
    const again = await prepare({ split: { kind: 'file', file: path.join(root, 'out', 'split.json') } });
    expect(again.validation.store.facts.map((slice) => slice.case)).toEqual(facts);
    await releaseAll(again);
  });

  it('takes every n-th case and slice', async () => {
    for (let n = 0; n < 7; n++) writeCase(n, { size: [4, 4, 5] });
    const data = await prepare({ selection: { everyNthCase: 3, everyNthSlice: 2 } });
    expect(casesIn(data).flat().sort()).toEqual(['case_00000', 'case_00003', 'case_00006']);
    expect(data.train.store.facts.length + data.validation.store.facts.length).toBe(9);
    await releaseAll(data);
  });

  it('reads NumPy slices as they are stored, by patient where names tell, else with a word about it', async () => {
    mkdirSync(path.join(root, 'data/images'), { recursive: true });
    mkdirSync(path.join(root, 'data/masks'));
    const write = (name: string): void => {
      writeFileSync(
        path.join(root, 'data/images', `${name}.npy`),
        npy(
          '<f4',
          [4, 4, 3],
          Array.from({ length: 48 }, (_, n) => n / 48),
        ),
      );
      writeFileSync(
        path.join(root, 'data/masks', `${name}.npy`),
        npy(
          '|u1',
          [4, 4],
          Array.from({ length: 16 }, (_, n) => n % 2),
        ),
      );
    };
    for (const n of [1, 2, 3]) write(`${n}`);
    const alone = await prepare();
    expect(alone.train.store.content).toEqual({ values: 'float32', channels: 3 });
    expect(alone.train.store.read(0).hu[1]).toBeCloseTo(3 / 48, 6);
    expect(notes()).toEqual(['the names of the slices tell no patients: each slice is split as if it were one of its own']);
    await releaseAll(alone);
    for (const n of [1, 2, 3]) write(`a_${n}`);
    lines = [];
    await releaseAll(await prepare());
    expect(notes()).toEqual([]);
  });
});

describe('slices that were read once', () => {
  it('are taken over by a later run on the same files, and read anew when one has changed', async () => {
    for (let n = 0; n < 5; n++) writeCase(n);
    const cacheFolder = path.join(root, 'cache');
    const first = await prepare({ cacheFolder });
    const kept = [first.train, first.validation].map(({ store }) => ({ facts: store.facts, slice: store.read(1) }));
    await releaseAll(first);
    const second = await prepare({ cacheFolder });
    expect([second.train.isTakenOver, second.validation.isTakenOver]).toEqual([true, true]);
    expect([second.train, second.validation].map(({ store }) => ({ facts: store.facts, slice: store.read(1) }))).toEqual(kept);
    expect(second.train.domain).toEqual(first.train.domain);
    await releaseAll(second);
    const changed = path.join(root, 'data', kept[0]?.facts[0]?.case as string, 'imaging.nii.gz');
    utimesSync(changed, new Date(), new Date(Date.now() + 5000));
    const third = await prepare({ cacheFolder });
    expect([third.train.isTakenOver, third.validation.isTakenOver]).toEqual([false, true]);
    await releaseAll(third);
  });

  it('are taken over after a run that was killed while it trained, not from one that was killed while it read', async () => {
    for (let n = 0; n < 5; n++) writeCase(n);
    // A run that is killed never releases.
    await prepare();
    const after = await prepare();
    expect(after.train.isTakenOver).toBe(true);
    rmSync(path.join(root, 'out', 'train.slices.json'));
    const later = await prepare();
    expect([later.train.isTakenOver, later.validation.isTakenOver]).toEqual([false, true]);
    await releaseAll(later);
  });
});
