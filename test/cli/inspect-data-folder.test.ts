import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectDataFolder } from '../../cli/train/inspect-data-folder.ts';
import { createLabelMap, createVolume } from '../../core/volume.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import type { DataProgress } from '../../train/data/prepare-data.ts';
import { KIDNEY_ENET_CASCADE } from '../../train/recipes/kidney-enet-cascade.ts';
import { asStorageError, RUN_IS_KEPT } from '../../train/storage-error.ts';
import { axialGrid } from '../formats/phantoms.ts';

const root = mkdtempSync(path.join(tmpdir(), 'voxwatch-look-'));
afterAll(() => rmSync(root, { recursive: true }));

const lines: DataProgress[] = [];
const output = (file: string): string => readFileSync(path.join(root, 'out', file), 'utf8');

beforeAll(async () => {
  const grid = axialGrid([16, 16, 3]);
  for (const name of ['case_MUELLER', 'case_SCHMIDT', 'case_HALF']) {
    const folder = path.join(root, 'data', name);
    mkdirSync(folder, { recursive: true });
    const labels = new Uint8Array(16 * 16 * 3).fill(1, 300, 330);
    writeFileSync(path.join(folder, 'imaging.nii.gz'), writeNiftiVolume(createVolume(grid, new Int16Array(labels.length))));
    if (name === 'case_HALF') continue;
    writeFileSync(
      path.join(folder, 'segmentation.nii.gz'),
      writeNiftiLabels(createLabelMap(grid, labels), KIDNEY_ENET_CASCADE.labels),
    );
  }
  await inspectDataFolder(KIDNEY_ENET_CASCADE, { folders: [path.join(root, 'data')] }, path.join(root, 'out'), (line) => {
    lines.push(line);
  });
});

describe('the page of a first look', () => {
  it('shows pictures, labels, histograms and what is left out', () => {
    const page = output('inspection.html');
    expect(page.match(/data:image\/jpeg;base64,\/9j/g)).toHaveLength(2);
    expect(page).toContain('Axial slice 2 of 3 from the feet; shows kidney');
    expect(page).toContain('There is no truth for this case.');
    expect(page).toContain('<svg');
  });

  it('loads nothing, and has no name on it, nor have the figures or the log', () => {
    expect(output('inspection.html')).not.toMatch(/(src|href)="(?!data:)/);
    for (const text of [output('inspection.html'), output('inspection.json'), JSON.stringify(lines)])
      expect(text).not.toMatch(/MUELLER|SCHMIDT|HALF/);
    expect(JSON.parse(output('cases.json'))).toEqual({ '1': 'case_MUELLER', '2': 'case_SCHMIDT', '3': 'case_HALF' });
  });

  it('ends with a count', () => {
    expect(lines.at(-1)).toEqual({ kind: 'note', text: '2 cases can be used, 1 left out' });
  });
});

it('a full disk is told in one sentence with what to do; other errors stay what they are', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(asStorageError(full, RUN_IS_KEPT)).toMatchObject({
    code: 'OUTPUT_NOT_WRITABLE',
    message: expect.stringMatching(/^The disk is full: .*--resume\.$/),
  });
  const other = new Error('other');
  expect(asStorageError(other, RUN_IS_KEPT)).toBe(other);
});
