/** Phantoms as files: the recipes of their organ list them and read them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HEAD_WINDOWS, slicePicture } from '../../../cli/synthesize/slice-pictures.ts';
import { type PhantomFormat, writePhantom } from '../../../cli/synthesize/write-phantom.ts';
import { createVolume } from '../../../core/volume.ts';
import { listCases, type TrainingCase } from '../../../train/data/list-cases.ts';
import { readCase } from '../../../train/data/read-case.ts';
import { type PhantomOrgan, synthesizePhantom } from '../../../train/synthesis/phantom.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'voxwatch-phantoms-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two studies of an organ. */
async function written(organ: PhantomOrgan, format: PhantomFormat) {
  const out = path.join(folder, organ);
  const names: string[] = [];
  for (const number of [0, 1]) {
    const phantom = synthesizePhantom({ organ, seed: 5 + number, matrix: 48, slices: 2, sliceStepMm: 20, tumours: 1 });
    names.push(await writePhantom(phantom, { out, organ, number }, format));
  }
  return { out, names };
}

describe('writing phantoms', () => {
  it.each([
    ['kidney', 'kits', ['case_00000', 'case_00001']],
    ['liver', 'lits', ['volume-0', 'volume-1']],
  ] as const)('writes a %s as NIfTI in the layout %s', async (organ, layout, ids) => {
    const { out, names } = await written(organ, 'nifti');
    const { layouts, cases, leftOut } = await listCases([out]);
    expect(layouts).toEqual([layout]);
    expect(cases.map(({ id }) => id)).toEqual(ids);
    expect(names).toEqual(ids);
    expect(leftOut).toEqual([]);
    expect((await readCase(cases[0] as TrainingCase, { labels: 3 })).kind).toBe('volume');
  });

  it('writes a head as pictures of three channels, a file a slice, a patient a head', async () => {
    const { out } = await written('brain', 'numpy');
    const { layouts, cases } = await listCases([out]);
    expect(layouts).toEqual(['numpy']);
    expect(cases.map(({ id }) => id)).toEqual([0, 1].flatMap((n) => [0, 1].map((k) => `case_0000${n}_slice_0${k}`)));
    expect(new Set(cases.map(({ patient }) => patient)).size).toBe(2);
    const read = await readCase(cases[0] as TrainingCase, { labels: 2 });
    if (read.kind !== 'picture') throw new Error('a picture was written');
    expect([read.channels, ...read.sizePixels]).toEqual([3, 48, 48]);
    expect([Math.min(...read.values), Math.max(...read.values)]).toEqual([0, 1]);
  });
});

describe('a slice as a picture', () => {
  it('shows each window from 0 to 1, the window fastest', () => {
    const voxelToWorld = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] as const;
    const volume = createVolume({ sizeVoxels: [2, 1, 2], voxelToWorld }, Int16Array.of(0, 0, 40, 3000));
    const expected = [40, 3000].flatMap((hu) =>
      HEAD_WINDOWS.map(({ widthHu, levelHu }) => Math.min(1, Math.max(0, (hu - (levelHu - widthHu / 2)) / widthHu))),
    );
    expect([...slicePicture(volume, 1)].map((value) => value.toFixed(6))).toEqual(expected.map((value) => value.toFixed(6)));
  });
});
