/**
 * Predicted and true class maps, slice by slice → the metrics of a validation, per case and pooled over all.
 *
 * Pooled ("global") means that the pixels of all cases are counted as one image. Nothing here is a mean over slices.
 * @module
 */
import {
  addConfusion,
  type Confusion,
  countConfusion,
  emptyConfusion,
  type OverlapRatios,
  overlapOfClass,
  overlapRatios,
} from '../../core/overlap.ts';

/** A class as a mask, each 0 … 1; both masks empty gives 1, one empty gives 0. */
export interface ClassMetrics extends OverlapRatios {
  /** The same number as Dice. */
  readonly f1: number;
}

export interface SegmentationMetrics {
  /** One for each class but the background. */
  readonly classes: readonly ClassMetrics[];
  /** Share of all pixels that have their true class: report 004's foreground accuracy *with* background. */
  readonly accuracy: number;
  /**
   * Share of the pixels whose truth is not background that have their true class (report 004, fastai's `foreground_acc`):
   * false positives do not lower it. Undefined where the truth is all background; the report's code gives NaN.
   */
  readonly foregroundAccuracy: number | undefined;
}

export function segmentationMetrics(confusion: Confusion): SegmentationMetrics {
  const { classes, pixels } = confusion;
  const foreground = Array.from({ length: classes - 1 }, (_, index) => {
    const ratios = overlapRatios(overlapOfClass(confusion, index + 1));
    return { ...ratios, f1: ratios.dice };
  });
  const right = (label: number): number => pixels[label * classes + label] as number;
  const [all, background] = [sumOf(pixels), sumOf(pixels.subarray(0, classes))];
  const rightForeground = sumOf(foreground.map((_, index) => right(index + 1)));
  return {
    classes: foreground,
    accuracy: all === 0 ? 1 : (right(0) + rightForeground) / all,
    foregroundAccuracy: all === background ? undefined : rightForeground / (all - background),
  };
}

/** Mean over the classes. */
export function meanDice({ classes }: SegmentationMetrics): number {
  return sumOf(classes.map(({ dice }) => dice)) / classes.length;
}

/** Mean over cases, each weighing the same; the foreground accuracy over those that have one. At least one case. */
export function meanOfCases(cases: readonly SegmentationMetrics[]): SegmentationMetrics {
  const mean = (values: readonly number[]): number => sumOf(values) / values.length;
  const ofClass = (index: number, key: keyof ClassMetrics): number =>
    mean(cases.map(({ classes }) => (classes[index] as ClassMetrics)[key]));
  const accuracies = cases.flatMap(({ foregroundAccuracy }) => (foregroundAccuracy === undefined ? [] : [foregroundAccuracy]));
  return {
    classes: (cases[0]?.classes ?? []).map((_, index) => ({
      dice: ofClass(index, 'dice'),
      iou: ofClass(index, 'iou'),
      precision: ofClass(index, 'precision'),
      recall: ofClass(index, 'recall'),
      f1: ofClass(index, 'f1'),
    })),
    accuracy: mean(cases.map(({ accuracy }) => accuracy)),
    foregroundAccuracy: accuracies.length === 0 ? undefined : mean(accuracies),
  };
}

/** Counts slices as they come; those of one case may come in any order. */
export class CaseMetrics {
  private readonly classCount: number;
  private readonly byCase = new Map<string, Confusion>();

  /** @param classCount - With the background; a network of one sigmoid output has 2. */
  constructor(classCount: number) {
    this.classCount = classCount;
  }

  /**
   * @param predicted - Classes of a slice's pixels, 0 … `classCount` − 1.
   * @param truth - As many.
   * @throws {VoxwatchError} `INVALID_ARGUMENT` for a class beyond them or maps of different lengths.
   */
  add(caseName: string, predicted: ArrayLike<number>, truth: ArrayLike<number>): void {
    const confusion = this.byCase.get(caseName) ?? emptyConfusion(this.classCount);
    this.byCase.set(caseName, confusion);
    countConfusion(confusion, predicted, truth);
  }

  /** Of all pixels together. */
  pooled(): SegmentationMetrics {
    const all = emptyConfusion(this.classCount);
    for (const confusion of this.byCase.values()) addConfusion(all, confusion);
    return segmentationMetrics(all);
  }

  /** In the order in which the cases came first. */
  perCase(): ReadonlyMap<string, SegmentationMetrics> {
    return new Map(Array.from(this.byCase, ([name, confusion]) => [name, segmentationMetrics(confusion)]));
  }
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < values.length; n++) sum += values[n] as number;
  return sum;
}
