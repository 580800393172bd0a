import { describe, expect, it } from 'vitest';
import { countConfusion, emptyConfusion } from '../../../core/overlap.ts';
import { CaseMetrics, meanOfCases, type SegmentationMetrics, segmentationMetrics } from '../../../train/validation/metrics.ts';

function metricsOf(classes: number, predicted: readonly number[], truth: readonly number[]): SegmentationMetrics {
  const confusion = emptyConfusion(classes);
  countConfusion(confusion, predicted, truth);
  return segmentationMetrics(confusion);
}

describe('the metrics of class maps', () => {
  //                 right · too much · missed · mixed up
  const predicted = [0, 0, 0, 1, 1, 2, 1, 0, 2, 1];
  const truth = [0, 0, 0, 1, 1, 2, 0, 1, 1, 2];

  it('are one set for each class but the background', () => {
    const { classes } = metricsOf(3, predicted, truth);
    expect(classes).toEqual([
      // 2 right, 2 too much, 2 missed.
      { dice: 4 / 8, f1: 4 / 8, iou: 2 / 6, precision: 2 / 4, recall: 2 / 4 },
      // 1 right, 1 too much, 1 missed.
      { dice: 2 / 4, f1: 2 / 4, iou: 1 / 3, precision: 1 / 2, recall: 1 / 2 },
    ]);
  });

  it('count the pixels that have their class: of all, and of those that are not background', () => {
    const { accuracy, foregroundAccuracy } = metricsOf(3, predicted, truth);
    expect(accuracy).toBe(6 / 10);
    // Six pixels are not background; three of them are right. The one too much does not count.
    expect(foregroundAccuracy).toBe(3 / 6);
  });

  it('of background alone are all 1, and there is no foreground accuracy', () => {
    expect(metricsOf(2, [0, 0], [0, 0])).toEqual({
      classes: [{ dice: 1, f1: 1, iou: 1, precision: 1, recall: 1 }],
      accuracy: 1,
      foregroundAccuracy: undefined,
    });
  });
});

describe('metrics per case and pooled', () => {
  // A large case that is right and a small one that is missed.
  const counter = new CaseMetrics(2);
  counter.add('large', [1, 1, 1, 1], [1, 1, 1, 1]);
  counter.add('small', [0, 0], [1, 0]);
  counter.add('large', [1, 1, 0, 0], [1, 1, 0, 0]);

  it('pooled weigh pixels, the mean of cases weighs cases', () => {
    expect(counter.pooled().classes[0]?.dice).toBe(12 / 13);
    expect(counter.pooled().accuracy).toBe(9 / 10);
    const mean = meanOfCases([...counter.perCase().values()]);
    expect(mean.classes[0]?.dice).toBe(1 / 2);
    expect(mean.accuracy).toBe((1 + 1 / 2) / 2);
    expect(mean.foregroundAccuracy).toBe(1 / 2);
  });

  it('join the slices of a case, in whatever order they came', () => {
    const perCase = counter.perCase();
    expect([...perCase.keys()]).toEqual(['large', 'small']);
    expect(perCase.get('large')?.accuracy).toBe(1);
    expect(perCase.get('small')?.classes[0]?.recall).toBe(0);
  });

  it('leave a case without foreground out of the mean foreground accuracy', () => {
    const empty = metricsOf(2, [0], [0]);
    const half = metricsOf(2, [1, 0], [1, 1]);
    expect(meanOfCases([empty, half]).foregroundAccuracy).toBe(1 / 2);
    expect(meanOfCases([empty]).foregroundAccuracy).toBeUndefined();
  });
});
