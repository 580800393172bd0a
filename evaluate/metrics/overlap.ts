/**
 * Counts and volumes of two masks → Dice, IoU, precision, recall, VOE, RVD, by the definitions asked for.
 *
 * `corrected`: both masks empty = 1 (RVD 0), one empty = 0 (RVD undefined where the truth is empty).
 *
 * The official ones differ only where said here (`evaluation.py` of KiTS19, `metrics.py` of KiTS23, the evaluation
 * notebook of LiTS):
 * - `kits19` Dice of two empty masks is 0 / 0 in numpy, which is NaN: its `except ZeroDivisionError` never fires. Undefined here.
 * - `lits` Dice of two empty masks is 0, and its Jaccard (and VOE with it) stops with an error, as medpy did until 0.4.
 *   Undefined here. medpy 0.5 gives 1 for both.
 * - `lits` RVD is medpy's `ravd(label, prediction)`: signed in spite of its name, and with the arguments exchanged, so it is
 *   (true − predicted) / predicted in voxels; sign and denominator are the reverse of the usual. It stops with an error where the
 *   prediction is empty: undefined here.
 * - `kits23` has no defect in these.
 * @module
 */
import { overlapRatios } from '../../core/overlap.ts';
import type { RegionPair } from './region-pair.ts';
import type { Definitions, RegionScores } from './scores.ts';

export type OverlapScores = Pick<RegionScores, 'dice' | 'iou' | 'precision' | 'recall' | 'f1' | 'voe' | 'rvd' | 'absoluteRvd'>;

export function overlapScores(pair: RegionPair, definitions: Definitions): OverlapScores {
  const { truePositive, falsePositive, falseNegative } = pair.overlap;
  const truth = truePositive + falseNegative;
  const predicted = truePositive + falsePositive;
  const areEmpty = truth + predicted === 0;
  const ratios = overlapRatios(pair.overlap);
  const iou = areEmpty && definitions === 'lits' ? undefined : ratios.iou;
  const rvd = definitions === 'lits' ? ratio(truth - predicted, predicted) : areEmpty ? 0 : volumeDifference(pair);
  return {
    dice: areEmpty ? diceOfEmpty(definitions) : ratios.dice,
    iou,
    precision: ratios.precision,
    recall: ratios.recall,
    f1: ratios.dice,
    voe: iou === undefined ? undefined : 1 - iou,
    rvd,
    absoluteRvd: rvd === undefined ? undefined : Math.abs(rvd),
  };
}

function diceOfEmpty(definitions: Definitions): number | undefined {
  return { corrected: 1, kits23: 1, kits19: undefined, lits: 0 }[definitions];
}

function volumeDifference({ truthMl, predictedMl }: RegionPair): number | undefined {
  return ratio(predictedMl - truthMl, truthMl);
}

function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}
