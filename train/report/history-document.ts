/**
 * `history.json` of a stage: its rows with what was trained and how, in one document. `docs/training-history.md` describes
 * it; {@link HISTORY_DOCUMENT} is its schema.
 *
 * The rows are those of `history.csv`, digit by digit. Fields may be added; none changes its meaning within a format.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { VoxwatchError } from '../../core/errors.ts';
import { HISTORY_FILE, type HistoryRecord, type HistoryTable, readHistory } from '../run/history.ts';
import { writeWhole } from '../write-whole.ts';

/** Its name in the folder of a stage. */
export const HISTORY_DOCUMENT_FILE = 'history.json';

const COUNT = z.number().int().nonnegative();
const SIDE = z.object({ cases: COUNT, slices: COUNT }).readonly();

/** Objects are read with fields that they do not name, so that an older version reads a newer document. */
export const HISTORY_DOCUMENT = z
  .object({
    format: z.literal(1),
    recipe: z.object({ name: z.string(), version: z.string() }).readonly(),
    stage: z.object({ name: z.string(), network: z.string(), parameters: COUNT }).readonly(),
    seed: z.number(),
    /** That of the last start. */
    backend: z.string(),
    /** Where the run was begun (step 0) and where it went on after it had been stopped. */
    starts: z.array(z.object({ step: COUNT, at: z.string(), backend: z.string() }).readonly()).readonly(),
    data: z.object({ description: z.string(), train: SIDE, validation: SIDE }).readonly(),
    phases: z
      .array(z.object({ steps: COUNT, batchSize: COUNT, learningRate: z.tuple([z.number(), z.number()]).readonly() }).readonly())
      .readonly(),
    /** What the metrics of the rows are called; where the mean of those with `selects` was highest or lowest, weights were kept. */
    metrics: z
      .array(z.object({ name: z.string(), title: z.string(), selects: z.enum(['highest', 'lowest']).optional() }).readonly())
      .readonly(),
    /** When the document was written, ISO 8601, UTC. */
    updatedAt: z.string(),
    rows: z
      .array(
        z
          .object({
            step: COUNT,
            loss: z.number(),
            learningRate: z.number(),
            secondsPerStep: z.number(),
            metrics: z.record(z.string(), z.number()).readonly(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();

export type HistoryDocument = z.infer<typeof HISTORY_DOCUMENT>;

/** All that does not stand in `history.csv`. */
export type HistoryFacts = Omit<HistoryDocument, 'format' | 'rows' | 'updatedAt'>;

/** Facts of a stage before its first or next start. */
export type StageFacts = Omit<HistoryFacts, 'starts' | 'backend'>;

/** A start of a run: at which step, when (ISO 8601), on which backend of TensorFlow.js. */
export type Start = HistoryDocument['starts'][number];

/** Facts and rows → the document. */
export function historyDocument(facts: HistoryFacts, { rows }: HistoryTable, updatedAt: string): HistoryDocument {
  return { format: 1, ...facts, updatedAt, rows: [...rows] };
}

/**
 * Facts of a stage that starts now. Of a run that goes on, the starts up to its step are kept.
 * @param folder - Of the stage.
 */
export async function startedFacts(folder: string, stage: StageFacts, start: Start): Promise<HistoryFacts> {
  const earlier = start.step === 0 ? undefined : await readHistoryDocument(folder);
  // A start at the step of this one led to no step.
  const kept = (earlier?.starts ?? []).filter(({ step }) => step < start.step);
  return { ...stage, backend: start.backend, starts: [...kept, start] };
}

/**
 * Writes `history.json` from the facts and the `history.csv` beside it.
 * @throws {VoxwatchError} as {@link readHistory} does.
 */
export async function writeHistoryDocument(folder: string, facts: HistoryFacts, now = new Date()): Promise<HistoryDocument> {
  const document = historyDocument(facts, await readHistory(join(folder, HISTORY_FILE)), now.toISOString());
  await writeWhole(join(folder, HISTORY_DOCUMENT_FILE), `${JSON.stringify(document, null, 1)}\n`);
  return document;
}

/**
 * Reads `history.json`.
 * @returns nothing where there is none: runs of versions before it have only `history.csv`.
 * @throws {VoxwatchError} `INPUT_CORRUPT` where it is not what training writes, with the first field that is wrong.
 */
export async function readHistoryDocument(folder: string): Promise<HistoryDocument | undefined> {
  const text = await readFile(join(folder, HISTORY_DOCUMENT_FILE), 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new VoxwatchError('INPUT_CORRUPT', `The ${HISTORY_DOCUMENT_FILE} of a stage is not JSON.`, {}, cause);
  }
  const read = HISTORY_DOCUMENT.safeParse(json);
  if (read.success) return read.data;
  const field = read.error.issues[0]?.path.join('.') ?? '';
  throw new VoxwatchError('INPUT_CORRUPT', `The ${HISTORY_DOCUMENT_FILE} of a stage is damaged at ${field || 'its root'}.`, {
    field,
  });
}

/** The row whose weights were kept: the best mean of the selecting metrics, the first of equals. */
export function bestRow({ rows, metrics }: Pick<HistoryDocument, 'rows' | 'metrics'>): HistoryRecord | undefined {
  const selecting = metrics.filter(({ selects }) => selects !== undefined);
  const sign = selecting[0]?.selects === 'lowest' ? -1 : 1;
  let best: { readonly row: HistoryRecord; readonly mean: number } | undefined;
  for (const row of rows) {
    const values = selecting.flatMap(({ name }) => row.metrics[name] ?? []);
    if (selecting.length === 0 || values.length < selecting.length) continue;
    const mean = (sign * values.reduce((sum, value) => sum + value, 0)) / values.length;
    if (!best || mean > best.mean) best = { row, mean };
  }
  return best?.row;
}
