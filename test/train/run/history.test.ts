import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bestRow, readHistoryDocument, startedFacts, writeHistoryDocument } from '../../../train/report/history-document.ts';
import { beginHistory, encodeHistory, historyLine, parseHistory, readHistory } from '../../../train/run/history.ts';
import { stageFacts } from '../report/sample-history.ts';
import { smallStage } from '../small-stage.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(path.join(tmpdir(), 'voxwatch-history-'));
const file = path.join(folder, 'history.csv');
afterAll(() => rmSync(folder, { recursive: true }));

const HEAD = 'step,loss,learning_rate,seconds_per_step,validation_loss,validation_dice_1,validation_dice_2\n';
const STAGE = smallStage({ outputLabels: [0, 1, 2] });

describe('history.csv', () => {
  it('is read and written again byte by byte: all histories of the shipped model', () => {
    const shipped = readdirSync(path.join(root, 'docs/training')).filter((name) => name.endsWith('.csv'));
    expect(shipped.length).toBeGreaterThan(5);
    for (const name of shipped) {
      const text = readFileSync(path.join(root, 'docs/training', name), 'utf8');
      expect(encodeHistory(parseHistory(text)), name).toBe(text);
    }
  });

  it('gets the rows that training reports', () => {
    expect(historyLine({ step: 10, loss: 0.5, learningRate: 1e-3, secondsPerStep: 1.25, metrics: {} }, STAGE)).toBe(
      '10,0.50000,1.000e-3,1.250\n',
    );
    const validated = {
      step: 20,
      loss: 0.4,
      learningRate: 9.99e-4,
      secondsPerStep: 1,
      metrics: { validation_loss: 0.25, validation_dice_1: 0.75, validation_dice_2: 0 },
    };
    expect(historyLine(validated, STAGE)).toBe('20,0.40000,9.990e-4,1.000,0.2500,0.7500,0.0000\n');
  });

  it('keeps the rows up to the step that a run goes on from, and no line that was cut off while it was written', async () => {
    // "12" is the beginning of "120": it must not be taken for a row before step 20.
    writeFileSync(file, `${HEAD}10,0.5,1e-3,1\n20,0.4,9e-4,1,0.3,0.5,0.25\n30,0.3,8e-4,1\n12`);
    await beginHistory(file, STAGE, 20);
    expect(readFileSync(file, 'utf8')).toBe(`${HEAD}10,0.50000,1.000e-3,1.000\n20,0.40000,9.000e-4,1.000,0.3000,0.5000,0.2500\n`);
    await beginHistory(file, STAGE);
    expect(readFileSync(file, 'utf8')).toBe(HEAD);
  });

  it('may have more columns, in any order; empty cells are no values', () => {
    const text = 'validation_iou_1,step,seconds_per_step,loss,learning_rate,note_1\n,10,1,0.5,1e-3\n0.25,20,1,0.4,1e-3,7\n';
    const { metrics, rows } = parseHistory(text);
    expect(metrics).toEqual(['validation_iou_1', 'note_1']);
    expect(rows[0]).toEqual({ step: 10, loss: 0.5, learningRate: 1e-3, secondsPerStep: 1, metrics: {} });
    expect(rows[1]?.metrics).toEqual({ validation_iou_1: 0.25, note_1: 7 });
  });

  it.each([
    ['a cell that is no number', '10,0.5,1e-3,1\n20,x,1e-3,1\n', 3, 'loss'],
    ['a missing cell', '10,0.5\n', 2, 'learning_rate'],
    ['too many cells', '10,0.5,1e-3,1,0,0,0,0\n', 2, '8 cells for 7 columns'],
    ['steps that do not rise', '20,0.5,1e-3,1\n10,0.5,1e-3,1\n', 3, 'step 10 follows step 20'],
    ['an empty line', '10,0.5,1e-3,1\n\n', 3, 'it has no step'],
    ['a loss that is not finite', '10,NaN,1e-3,1\n', 2, 'loss'],
  ])('that is damaged is refused with its line: %s', (_, lines, number, words) => {
    const read = (): unknown => parseHistory(HEAD + lines);
    expect(read).toThrow(expect.objectContaining({ code: 'INPUT_CORRUPT', details: { line: number } }));
    expect(read).toThrow(words);
  });

  it('without its columns or without a file is an error, too', async () => {
    expect(() => parseHistory('step,loss\n')).toThrow('no column learning_rate, seconds_per_step');
    await expect(readHistory(path.join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });
});

describe('history.json', () => {
  it('has the rows of history.csv and the facts, and is read back', async () => {
    writeFileSync(file, `${HEAD}10,0.51234,1.000e-3,1.250\n20,0.40000,9.990e-4,1.000,0.3000,0.7500,0.5000\n`);
    const facts = await startedFacts(folder, stageFacts(), { step: 0, at: '2026-01-01T10:00:00.000Z', backend: 'wasm' });
    const written = await writeHistoryDocument(folder, facts, new Date('2026-01-01T11:00:00Z'));
    expect(await readHistoryDocument(folder)).toEqual(written);
    expect(written).toMatchObject({ format: 1, backend: 'wasm', seed: 7, updatedAt: '2026-01-01T11:00:00.000Z' });
    expect(written.rows.map(({ loss, metrics }) => [loss, metrics])).toEqual([
      [0.51234, {}],
      [0.4, { validation_loss: 0.3, validation_dice_1: 0.75, validation_dice_2: 0.5 }],
    ]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('tells where a run went on, and on which backend', async () => {
    const start = (step: number, backend: string) => ({ step, at: `2026-01-0${1 + step / 10}T00:00:00.000Z`, backend });
    for (const own of [start(0, 'wasm'), start(20, 'tensorflow'), start(40, 'cpu'), start(20, 'wasm')])
      await writeHistoryDocument(folder, await startedFacts(folder, stageFacts(), own));
    const last = await readHistoryDocument(folder);
    expect(last?.starts).toEqual([start(0, 'wasm'), start(20, 'wasm')]);
    expect(last?.backend).toBe('wasm');
    expect((await startedFacts(folder, stageFacts(), start(0, 'cpu'))).starts).toEqual([start(0, 'cpu')]);
  });

  it('is refused where it is damaged, with the field; none is none', async () => {
    const json = path.join(folder, 'history.json');
    const whole = JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>;
    writeFileSync(json, JSON.stringify({ ...whole, laterField: 1 }));
    expect((await readHistoryDocument(folder))?.format).toBe(1);
    writeFileSync(json, JSON.stringify({ ...whole, seed: 'seven' }));
    await expect(readHistoryDocument(folder)).rejects.toMatchObject({ code: 'INPUT_CORRUPT', details: { field: 'seed' } });
    writeFileSync(json, '{"format": 1');
    await expect(readHistoryDocument(folder)).rejects.toMatchObject({ code: 'INPUT_CORRUPT' });
    expect(await readHistoryDocument(path.join(folder, 'nowhere'))).toBeUndefined();
  });

  it('knows the row whose weights were kept: the first with the best mean', () => {
    const row = (step: number, a?: number, b?: number) => ({
      step,
      loss: 0,
      learningRate: 0,
      secondsPerStep: 0,
      metrics: { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) },
    });
    const rows = [row(1), row(2, 0.9, 0.1), row(3, 0.5, 0.75), row(4, 0.75, 0.5), row(5, 1)];
    const best = (own: typeof rows, names: readonly string[], selects: 'highest' | 'lowest' = 'highest') =>
      bestRow({ rows: own, metrics: [...names.map((name) => ({ name, title: name, selects })), { name: 'c', title: 'c' }] });
    expect(best(rows, ['a', 'b'])?.step).toBe(3);
    expect(best(rows, ['a'])?.step).toBe(5);
    expect(best(rows, ['a', 'b'], 'lowest')?.step).toBe(2);
    expect(best(rows, [])).toBeUndefined();
    expect(best([row(1)], ['a'])).toBeUndefined();
  });
});
