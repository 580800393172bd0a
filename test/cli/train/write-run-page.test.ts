import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePictures } from '../../../cli/train/stage-pictures.ts';
import { writeRunPage } from '../../../cli/train/write-run-page.ts';
import type { LabelTable } from '../../../core/label-table.ts';
import type { ExampleSource } from '../../../train/report/choose-slices.ts';
import { encodeHistory } from '../../../train/run/history.ts';
import { sampleDocument, sampleTable, stageFacts } from '../../train/report/sample-history.ts';

const code = { scheme: 'SCT', value: '1', meaning: 'Made up' };
const LABELS: LabelTable = [
  { index: 1, name: 'kidney', color: '#00ffff', code },
  { index: 2, name: 'tumour', color: '#ffff00', code },
];

const SIDE = 40;
/** Slice n of the first six shows a square of n + 4 pixels; the others show nothing. */
const SLICES: ExampleSource = {
  count: 8,
  hasForeground: (index) => index < 6,
  read: (index) => ({
    title: `case 1 & "co", slice ${index + 1} of 8`,
    case: 'MUELLER',
    sizePixels: [SIDE, SIDE],
    input: new Uint8Array(SIDE * SIDE).fill(100),
    truth: Uint8Array.from({ length: SIDE * SIDE }, (_, p) =>
      index < 6 && p % SIDE < index + 4 && Math.floor(p / SIDE) < index + 4 ? 1 : 0,
    ),
  }),
};

describe('the page of a training run', () => {
  const run = mkdtempSync(path.join(tmpdir(), 'voxwatch-run-'));
  const page = (): string => readFileSync(path.join(run, 'report.html'), 'utf8');
  beforeAll(() => {
    for (const name of ['stage-1', 'stage-2', 'stage-10', 'other']) mkdirSync(path.join(run, name));
    const write = (name: string, stage: string, rows: number): void => {
      const table = sampleTable(rows);
      const facts = { ...sampleDocument(table), stage: { ...stageFacts().stage, name: stage } };
      writeFileSync(path.join(run, name, 'history.csv'), encodeHistory(table));
      // As a run leaves it that was stopped: the document is older than the rows.
      writeFileSync(path.join(run, name, 'history.json'), JSON.stringify({ ...facts, rows: facts.rows.slice(0, 3) }));
    };
    write('stage-1', 'organ', 60);
    write('stage-2', 'tumour', 35);
    write('stage-10', 'third', 0);
  });
  afterAll(() => rmSync(run, { recursive: true }));

  it('is made from the rows on disk, which the JSON then has too', async () => {
    await writeRunPage(run);
    const json = JSON.parse(readFileSync(path.join(run, 'stage-2/history.json'), 'utf8'));
    expect(json.rows).toHaveLength(35);
    expect([...page().matchAll(/<h2>(.*?)<\/h2>/g)].map((match) => match[1])).toEqual([
      'What was trained',
      'Stage organ',
      'Stage tumour',
      'Stage third',
    ]);
    expect(page().match(/<svg/g)).toHaveLength(8);
    expect(page()).toContain('those of step 600: Dice kidney 0.8836, Dice tumour 0.5836');
    expect(page()).toContain('No row of the history has been written yet.');
    expect(page()).toContain('phantoms &lt;made&gt; here');
    expect(page()).toContain('300 steps of 5, 6e-4 to 4.05e-4');
    expect(readdirSync(run).sort()).toEqual(['other', 'report.html', 'stage-1', 'stage-10', 'stage-2']);
  });

  it('shows pictures once they are there, and how they were chosen', async () => {
    const worse = (index: number): Uint8Array => SLICES.read(index).truth.map((label, p) => (p < 3 * SIDE ? 2 : label));
    await writePictures({ folder: path.join(run, 'stage-1'), source: SLICES, predict: worse, labels: LABELS, seed: 7, step: 600 });
    await writeRunPage(run);
    const jpegs = [...page().matchAll(/src="data:image\/jpeg;base64,([^"]+)"/g)].map((match) =>
      Buffer.from(match[1] as string, 'base64'),
    );
    expect(jpegs).toHaveLength(8);
    for (const jpeg of jpegs) expect([jpeg[0], jpeg[1]]).toEqual([0xff, 0xd8]);
    expect(page()).toContain('Weights of step 600. Of the validation slices with foreground all 6 were predicted');
    expect(page()).toContain('Best: case 1 &amp; &quot;co&quot;, slice 6 of 8');
    expect(page()).toContain('Worst: case 1 &amp; &quot;co&quot;, slice 1 of 8');
    expect(page()).toContain('Nothing there; 120 pixels found that are none.');
    expect(page()).toContain('background:#00ffff');
  });

  it('loads nothing, whatever it shows', () => {
    expect(page()).toContain("default-src 'none'");
    expect(page().replaceAll(/http:\/\/www\.w3\.org\/[a-z0-9/]+/g, '')).not.toMatch(/https?:|<link|<img[^>]+src="(?!data:)/);
  });

  it('is not made of a folder that is no run, nor of a damaged history', async () => {
    await expect(writeRunPage(path.join(run, 'other'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    await expect(writeRunPage(path.join(run, 'nowhere'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    const before = page();
    writeFileSync(path.join(run, 'stage-2/history.csv'), 'step,loss,learning_rate,seconds_per_step\n10,0.5,x,1\n');
    await expect(writeRunPage(run)).rejects.toMatchObject({ code: 'INPUT_CORRUPT', details: { line: 2 } });
    expect(page()).toBe(before);
  });
});
