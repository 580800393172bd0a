/**
 * What a stage answers → what it decides for each pixel, so that two answers can be compared.
 * @module
 */
import type { MillimetreStage, PixelStage } from '../core/model-manifest.ts';
import { CERTAIN } from '../preprocess/millimetre-grid.ts';

/** What must be known of a stage to read its answers. */
export type AnsweringStage = Pick<PixelStage, 'space' | 'outputLabels'> | Pick<MillimetreStage, 'space' | 'outputs'>;

/** Labels [H, W] as they are; of probabilities [K, h, w], which reach the threshold of their output. */
export function decided(stage: AnsweringStage, answer: Uint8Array): Uint8Array {
  if (stage.space === 'pixels') return answer;
  const pixels = answer.length / stage.outputs.length;
  return answer.map((value, p) => (value >= (stage.outputs[Math.floor(p / pixels)]?.threshold ?? 1) * CERTAIN ? 1 : 0));
}

/** Values of {@link decided} that are not background. */
export function foregroundOf(stage: AnsweringStage): number[] {
  if (stage.space === 'millimetres') return [1];
  return stage.outputLabels.flatMap((label, value) => (label === 0 ? [] : [value]));
}
