/**
 * A history as a run of two phases leaves it.
 * @module
 */

import { type HistoryDocument, historyDocument, type StageFacts } from '../../../train/report/history-document.ts';
import type { HistoryTable } from '../../../train/run/history.ts';

export function stageFacts(): StageFacts {
  return {
    recipe: { name: 'kidney-enet-cascade', version: '1.0.0' },
    stage: { name: 'tumour', network: 'enet', parameters: 360000 },
    seed: 7,
    data: { description: 'phantoms <made> here', train: { cases: 20, slices: 1200 }, validation: { cases: 2, slices: 120 } },
    phases: [
      { steps: 300, batchSize: 5, learningRate: [1e-3, 6e-4] },
      { steps: 300, batchSize: 5, learningRate: [6e-4, 3e-4 * 1.35] },
    ],
    metrics: [
      { name: 'validation_dice_1', title: 'Dice kidney', selects: 'highest' },
      { name: 'validation_dice_2', title: 'Dice tumour', selects: 'highest' },
    ],
  };
}

/** @param rows - Ten steps apart; every tenth is validated. */
export function sampleTable(rows = 60): HistoryTable {
  return {
    metrics: ['validation_dice_1', 'validation_dice_2'],
    rows: Array.from({ length: rows }, (_, n) => ({
      step: (n + 1) * 10,
      loss: Math.exp(-n / 30) + 0.05 * Math.sin(7 * n) + 0.1,
      learningRate: n === rows - 1 ? 0 : 1e-3 * (1 - n / rows),
      secondsPerStep: n === 5 ? 40 : 1.3 + 0.1 * Math.cos(5 * n),
      metrics: n % 10 === 9 ? { validation_dice_1: 0.9 - 1 / (n + 2), validation_dice_2: 0.6 - 1 / (n + 2) } : {},
    })),
  };
}

export function sampleDocument(table: HistoryTable = sampleTable()): HistoryDocument {
  const start = { step: 0, at: '2026-01-01T10:00:00.000Z', backend: 'tensorflow' };
  return historyDocument({ ...stageFacts(), backend: 'tensorflow', starts: [start] }, table, '2026-01-01T12:34:56.000Z');
}
