/**
 * `history.csv` of a stage: a row every few steps ↔ records. `docs/training-history.md` describes the columns.
 *
 * The file is appended to while the stage is trained and cut back where a run goes on from a checkpoint; everything else
 * that tells of the course of a run (`history.json`, the page) is made from it.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { VoxwatchError } from '../../core/errors.ts';
import type { StageRecipe } from '../recipe.ts';
import type { ClassMetrics } from '../validation/metrics.ts';
import type { Validation } from '../validation/validate.ts';
import type { ValidationMetric, ValidationRecipe } from '../validation/validation-recipe.ts';
import { writeWhole } from '../write-whole.ts';

/** Its name in the folder of a stage. */
export const HISTORY_FILE = 'history.csv';

/** Columns that every history has, in their order; those of the metrics follow by their names. */
const FIRST_COLUMNS = ['step', 'loss', 'learning_rate', 'seconds_per_step'] as const;

/** A row as it stands in the file. */
export interface HistoryRecord {
  /** Steps that were done; rises from row to row. */
  readonly step: number;
  /** Mean since the row before. */
  readonly loss: number;
  readonly learningRate: number;
  readonly secondsPerStep: number;
  /** Column → value, for the columns that are filled in this row. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface HistoryTable {
  /** Names of the columns after the first four. */
  readonly metrics: readonly string[];
  readonly rows: readonly HistoryRecord[];
}

/** Column of the loss on the validation slices. */
export const VALIDATION_LOSS = 'validation_loss';

/** A column of the validation of a stage. */
export interface MetricColumn {
  /** Its name in the file: `validation_dice_1` is the Dice of class 1. */
  readonly name: string;
  readonly metric: ValidationMetric | 'loss';
  /** Of metrics that each class has for itself. */
  readonly class?: number;
}

/** The loss, then what the recipe names; the metrics of a class have a column for each class but the background. */
export function metricColumns({ outputLabels, validation }: HistoryStage): MetricColumn[] {
  const named = validation.metrics.flatMap((metric): MetricColumn[] =>
    isOfClass(metric)
      ? outputLabels.slice(1).map((_, index) => ({ name: `validation_${metric}_${index + 1}`, metric, class: index + 1 }))
      : [{ name: `validation_${metric.replace('-', '_')}`, metric }],
  );
  return [{ name: VALIDATION_LOSS, metric: 'loss' }, ...named];
}

/** What a history needs to know of its stage. */
export type HistoryStage = Pick<StageRecipe, 'outputLabels' | 'validation'>;

/** A validation → its columns. A foreground accuracy that is undefined has none. */
export function validationColumns(
  { metrics }: Pick<ValidationRecipe, 'metrics'>,
  { loss, pooled }: Validation,
): Record<string, number> {
  const columns: Record<string, number> = { [VALIDATION_LOSS]: loss };
  for (const metric of metrics) {
    if (isOfClass(metric)) {
      pooled.classes.forEach((own, index) => {
        columns[`validation_${metric}_${index + 1}`] = own[metric];
      });
    } else {
      const value = metric === 'accuracy' ? pooled.accuracy : pooled.foregroundAccuracy;
      if (value !== undefined) columns[`validation_${metric.replace('-', '_')}`] = value;
    }
  }
  return columns;
}

function isOfClass(metric: ValidationMetric): metric is keyof ClassMetrics {
  return metric !== 'accuracy' && metric !== 'foreground-accuracy';
}

/**
 * Writes the head and, of a run that goes on, keeps the rows up to the step it goes on from. The file is always a whole one.
 * @throws {VoxwatchError} as {@link readHistory} does, for a run that goes on.
 */
export async function beginHistory(file: string, stage: HistoryStage, step = 0): Promise<void> {
  const metrics = metricColumns(stage).map(({ name }) => name);
  const earlier = step === 0 ? [] : (await readHistory(file)).rows;
  await writeWhole(file, encodeHistory({ metrics, rows: earlier.filter((row) => row.step <= step) }));
}

/** One line, for a file whose columns are those of {@link metricColumns}. */
export function historyLine(record: HistoryRecord, stage: HistoryStage): string {
  return line(
    record,
    metricColumns(stage).map(({ name }) => name),
  );
}

/** Records → the whole file. */
export function encodeHistory({ metrics, rows }: HistoryTable): string {
  return `${[...FIRST_COLUMNS, ...metrics].join(',')}\n${rows.map((row) => line(row, metrics)).join('')}`;
}

function line({ step, loss, learningRate, secondsPerStep, metrics }: HistoryRecord, columns: readonly string[]): string {
  const values = columns.map((name) => metrics[name]?.toFixed(4) ?? '');
  const cells = [step, loss.toFixed(5), learningRate.toExponential(3), secondsPerStep.toFixed(3), ...values];
  // A row without validation ends after the fourth cell.
  return `${cells.join(',').replace(/,+$/, '')}\n`;
}

/**
 * The whole file → records. Columns are found by their names, in any order; more of them are metrics. A last line without
 * its end was being written when the run was stopped: it is left out.
 * @throws {VoxwatchError} `INPUT_CORRUPT` for a head or a line that training does not write, with the number of the line.
 */
export function parseHistory(text: string): HistoryTable {
  const [head = '', ...lines] = text.split('\n').slice(0, -1);
  const columns = head.replace(/\r$/, '').split(',');
  const missing = FIRST_COLUMNS.filter((name) => !columns.includes(name));
  if (missing.length > 0) throw damaged(1, `the head has no column ${missing.join(', ')}`);
  if (new Set(columns).size < columns.length) throw damaged(1, 'the head names a column twice');
  const metrics = columns.filter((name) => !(FIRST_COLUMNS as readonly string[]).includes(name));
  const rows: HistoryRecord[] = [];
  for (const [index, content] of lines.entries()) {
    const row = parseLine(content.replace(/\r$/, ''), columns, metrics, index + 2);
    const before = rows.at(-1)?.step ?? 0;
    if (row.step <= before) throw damaged(index + 2, `step ${row.step} follows step ${before}`);
    rows.push(row);
  }
  return { metrics, rows };
}

function parseLine(content: string, columns: readonly string[], metrics: readonly string[], number: number): HistoryRecord {
  const cells = content.split(',');
  if (cells.length > columns.length) throw damaged(number, `it has ${cells.length} cells for ${columns.length} columns`);
  const valueOf = (name: string): number | undefined => {
    const cell = cells[columns.indexOf(name)]?.trim() ?? '';
    if (cell === '') return undefined;
    const value = Number(cell);
    if (!Number.isFinite(value)) throw damaged(number, `its ${name} is not a number`);
    return value;
  };
  const needed = (name: (typeof FIRST_COLUMNS)[number]): number => {
    const value = valueOf(name);
    if (value === undefined) throw damaged(number, `it has no ${name}`);
    return value;
  };
  const step = needed('step');
  if (!Number.isInteger(step)) throw damaged(number, 'its step is not a whole number');
  const filled = metrics.flatMap((name) => {
    const value = valueOf(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    step,
    loss: needed('loss'),
    learningRate: needed('learning_rate'),
    secondsPerStep: needed('seconds_per_step'),
    metrics: Object.fromEntries(filled),
  };
}

/**
 * Reads a history.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND` where there is none, `INPUT_CORRUPT` as {@link parseHistory} does.
 */
export async function readHistory(file: string): Promise<HistoryTable> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VoxwatchError(
      'INPUT_NOT_FOUND',
      `The stage has no ${HISTORY_FILE}: its training left none, or it was moved.`,
      {},
      cause,
    );
  });
  return parseHistory(text);
}

function damaged(number: number, why: string): VoxwatchError {
  const message = `Line ${number} of ${HISTORY_FILE} is damaged: ${why}. Mend it or remove it.`;
  return new VoxwatchError('INPUT_CORRUPT', message, { line: number });
}
