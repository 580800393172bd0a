/**
 * Two label maps → counts by true and predicted class, and the ratios that all overlap scores are made of.
 *
 * The only place that compares labels pixel by pixel for them: training, QA and the demo count here. Pixels and voxels are
 * the same to it.
 * @module
 */
import { VoxwatchError } from './errors.ts';

/** Pixels of a mask by truth and prediction; add them over slices for a case, over cases for a pooled figure. */
export interface OverlapCounts {
  truePositive: number;
  falsePositive: number;
  falseNegative: number;
}

export function emptyCounts(): OverlapCounts {
  return { truePositive: 0, falsePositive: 0, falseNegative: 0 };
}

/**
 * Adds what two label maps share of the labels given, taken as one mask.
 * @param predicted - Labels 0 … 255, as many as the truth has.
 * @param truth - Labels 0 … 255.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` for a label beyond them or maps of different lengths.
 */
export function countOverlap(
  counts: OverlapCounts,
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  labels: readonly number[],
): void {
  const pixels = new Float64Array(4);
  countPairs(pixels, { predicted, truth, classOf: membership(labels), classes: 2 });
  counts.falsePositive += pixels[1] as number;
  counts.falseNegative += pixels[2] as number;
  counts.truePositive += pixels[3] as number;
}

/** Pixels by true and predicted class: row `t`, column `p` at `t · classes + p`. Plain data. */
export interface Confusion {
  readonly classes: number;
  readonly pixels: Float64Array;
}

export function emptyConfusion(classes: number): Confusion {
  return { classes, pixels: new Float64Array(classes * classes) };
}

/**
 * Adds two maps of classes.
 * @param predicted - Classes 0 … `classes` − 1, as many as the truth has.
 * @param truth - Classes 0 … `classes` − 1.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` for a class beyond them or maps of different lengths.
 */
export function countConfusion({ classes, pixels }: Confusion, predicted: ArrayLike<number>, truth: ArrayLike<number>): void {
  countPairs(pixels, { predicted, truth, classOf: Uint8Array.from({ length: classes }, (_, label) => label), classes });
}

/** Adds the pixels of one confusion to another of as many classes. */
export function addConfusion({ pixels }: Confusion, more: Confusion): void {
  more.pixels.forEach((count, cell) => {
    pixels[cell] = (pixels[cell] as number) + count;
  });
}

/** The counts of one class taken as a mask. */
export function overlapOfClass({ classes, pixels }: Confusion, wanted: number): OverlapCounts {
  const counts = emptyCounts();
  for (let other = 0; other < classes; other++) {
    const [inTruth, inPrediction] = [pixels[wanted * classes + other] as number, pixels[other * classes + wanted] as number];
    if (other === wanted) counts.truePositive = inTruth;
    else {
      counts.falseNegative += inTruth;
      counts.falsePositive += inPrediction;
    }
  }
  return counts;
}

/** Overlap of a predicted and a true mask, each 0 … 1. */
export interface OverlapRatios {
  /** 2·|A∩B| / (|A| + |B|), which is F1 as well. */
  readonly dice: number;
  /** |A∩B| / |A∪B|. */
  readonly iou: number;
  /** |A∩B| / |prediction|. */
  readonly precision: number;
  /** |A∩B| / |truth|. */
  readonly recall: number;
}

/** Both masks empty gives 1, since nothing was there and nothing was found; one empty gives 0. */
export function overlapRatios({ truePositive, falsePositive, falseNegative }: Readonly<OverlapCounts>): OverlapRatios {
  const truth = truePositive + falseNegative;
  const predicted = truePositive + falsePositive;
  const areEmpty = truth + predicted === 0;
  const share = (part: number, whole: number): number => (areEmpty ? 1 : whole === 0 ? 0 : part / whole);
  return {
    dice: share(2 * truePositive, truth + predicted),
    iou: share(truePositive, truth + falsePositive),
    precision: share(truePositive, predicted),
    recall: share(truePositive, truth),
  };
}

export function diceScore(counts: Readonly<OverlapCounts>): number {
  return overlapRatios(counts).dice;
}

interface Maps {
  readonly predicted: ArrayLike<number>;
  readonly truth: ArrayLike<number>;
  /** Label → class. */
  readonly classOf: Uint8Array;
  readonly classes: number;
}

function countPairs(pixels: Float64Array, { predicted, truth, classOf, classes }: Maps): void {
  if (predicted.length !== truth.length) {
    throw new VoxwatchError('INVALID_ARGUMENT', 'Two label maps are compared only where they have the same number of pixels.', {
      predicted: predicted.length,
      truth: truth.length,
    });
  }
  const added = new Float64Array(pixels.length);
  let counted = 0;
  for (let p = 0; p < truth.length; p++) {
    const cell = (classOf[truth[p] as number] as number) * classes + (classOf[predicted[p] as number] as number);
    // An unknown label makes NaN: no cell.
    if (!(cell < added.length)) continue;
    added[cell] = (added[cell] as number) + 1;
    counted++;
  }
  if (counted !== truth.length) {
    throw new VoxwatchError('INVALID_ARGUMENT', `A label map that is compared holds a label beyond ${classOf.length - 1}.`, {
      pixels: truth.length - counted,
    });
  }
  added.forEach((count, cell) => {
    pixels[cell] = (pixels[cell] as number) + count;
  });
}

/** Label 0 … 255 → 1 where it is one of the labels, else 0. */
function membership(labels: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const label of labels) table[label] = 1;
  return table;
}
