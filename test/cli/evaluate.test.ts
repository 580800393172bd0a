import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLabelMap, createVolume } from '../../core/volume.ts';
import { parseScores } from '../../evaluate/score-document.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { axialGrid } from '../formats/phantoms.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const PATIENCE_MS = 60_000;
const GRID = axialGrid([8, 8, 4]);
const VOXELS = 8 * 8 * 4;

const code = { scheme: 'SCT', value: '64033007', meaning: 'Kidney' };
const LABELS = [
  { index: 1, name: 'kidney', color: '#00ffff', code },
  { index: 2, name: 'tumour', color: '#ffff00', code },
];

/** The first voxels are kidney, those after them tumour. */
function mask(kidney: number, tumour: number): Uint8Array {
  const labels = new Uint8Array(VOXELS).fill(1, 0, kidney).fill(2, kidney, kidney + tumour);
  return writeNiftiLabels(createLabelMap(GRID, labels), LABELS);
}

describe('evaluate', { timeout: PATIENCE_MS }, () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'voxwatch-evaluate-'));
    for (const [name, kidney, tumour] of [
      ['case_00000', 40, 10],
      ['case_00001', 60, 20],
    ] as const) {
      await mkdir(path.join(root, 'data', name), { recursive: true });
      await writeFile(
        path.join(root, 'data', name, 'imaging.nii.gz'),
        writeNiftiVolume(createVolume(GRID, new Int16Array(VOXELS))),
      );
      await writeFile(path.join(root, 'data', name, 'segmentation.nii.gz'), mask(kidney, tumour));
    }
    await mkdir(path.join(root, 'masks'));
    // Exact; masks of the second case come with the tests.
    await writeFile(path.join(root, 'masks', 'case_00000.nii.gz'), mask(40, 10));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function run(...more: readonly string[]): Promise<number> {
    const argv = [
      'evaluate',
      '--prediction',
      path.join(root, 'masks'),
      '--data',
      path.join(root, 'data'),
      '--out',
      path.join(root, 'qa'),
    ];
    return promisify(execFile)(process.execPath, [MAIN, ...argv, ...more]).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
  }

  it('scores masks made elsewhere case by case', async () => {
    await writeFile(path.join(root, 'masks', 'case_00001.nii.gz'), mask(70, 10));
    expect(await run()).toBe(0);
    const scores = parseScores(await readFile(path.join(root, 'qa', 'scores.json'), 'utf8'));
    const diceOf = (name: string, wanted: string): number | null | undefined =>
      scores.cases.find((one) => one.name === name)?.regions.find(({ region }) => region === wanted)?.values.dice;
    expect(diceOf('case_00000', 'tumour')).toBe(1);
    // 2 · 10 / (20 + 10).
    expect(diceOf('case_00001', 'tumour')).toBeCloseTo(2 / 3, 12);
    expect(await readFile(path.join(root, 'qa', 'report.html'), 'utf8')).toContain('case_00001');
  });

  it('names a case without a partner, scores the others, and says so by its exit code', async () => {
    expect(await run()).toBe(1);
    const scores = parseScores(await readFile(path.join(root, 'qa', 'scores.json'), 'utf8'));
    expect(scores.cases.map(({ name }) => name)).toEqual(['case_00000']);
    expect(scores.failures.map(({ name }) => name)).toEqual(['case_00001']);
  });

  it('refuses a gate with an unknown key before any work, and fails where a threshold is not met', async () => {
    const gate = path.join(root, 'gate.json');
    await writeFile(gate, '{"nonsense": 1}');
    expect(await run('--gate', gate)).toBe(2);
    await writeFile(path.join(root, 'masks', 'case_00001.nii.gz'), mask(70, 10));
    const threshold = { region: 'tumour', metric: 'dice', statistic: 'minimum', atLeast: 0.6 };
    await writeFile(gate, JSON.stringify({ thresholds: [threshold] }));
    expect(await run('--gate', gate)).toBe(0);
    await writeFile(gate, JSON.stringify({ thresholds: [{ ...threshold, atLeast: 0.7 }] }));
    expect(await run('--gate', gate)).toBe(1);
  });
});
