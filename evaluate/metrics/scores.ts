/**
 * The words of scoring: regions, options, and what comes out. `evaluate/score-case.ts` hands them on.
 *
 * Under an official definition, a score that the challenge's code does not compute is the corrected one.
 * @module
 */
import type { OverlapCounts } from '../../core/overlap.ts';

/** A set of labels that is scored as one mask. */
export interface Region {
  /** Unique among the regions of a run, such as `kidney with tumour`. */
  readonly name: string;
  /** Labels 1 … 255 that belong to it. */
  readonly labels: readonly number[];
}

/**
 * Whose definitions hold: `corrected` are ours (both masks empty = 1, one empty = 0, distances undefined where a mask is
 * empty); the others give the numbers of that challenge's own code, its defects included.
 */
export type Definitions = 'corrected' | 'kits19' | 'kits23' | 'lits';

export interface ScoreOptions {
  readonly regions: readonly Region[];
  /** Region name → tolerance of its surface Dice, mm. A region that is not listed has no surface Dice. */
  readonly surfaceToleranceMm: Readonly<Record<string, number>>;
  /** Names of the regions that are also scored lesion by lesion. */
  readonly lesions: readonly string[];
  readonly definitions: Definitions;
}

/** `undefined`: the score does not exist for these masks (an empty one, mostly). To be counted, not averaged as 0. */
export type Score = number | undefined;

/** Voxels by truth and prediction. */
export type Overlap = Readonly<OverlapCounts>;

export interface RegionScores {
  /** {@link Region.name}. */
  readonly region: string;
  readonly overlap: Overlap;
  /** By true slice distances. */
  readonly truthMl: number;
  readonly predictedMl: number;
  /** 0 … 1, as are the five below. Always defined under `corrected`. */
  readonly dice: Score;
  readonly iou: Score;
  readonly precision: Score;
  readonly recall: Score;
  readonly f1: Score;
  /** Volumetric overlap error, 1 − IoU. */
  readonly voe: Score;
  /** Relative volume difference (predicted − true) / true, by true volumes; under `lits` (true − predicted) / predicted. */
  readonly rvd: Score;
  readonly absoluteRvd: Score;
  /** Average symmetric surface distance, between the border voxels of both masks, mm. */
  readonly assdMm: Score;
  /** Root mean square symmetric surface distance, mm. */
  readonly rmsdMm: Score;
  /** 95th percentile of the distances of both borders taken together, mm. */
  readonly hd95Mm: Score;
  /** Maximum symmetric surface distance (Hausdorff), mm. */
  readonly mssdMm: Score;
  /** Share of both surfaces' area within the region's tolerance of the other surface, 0 … 1. */
  readonly surfaceDice: Score;
  /** Only for the regions of {@link ScoreOptions.lesions}. */
  readonly lesions?: LesionScores;
}

/** Detection at one threshold of overlap. */
export interface LesionDetection {
  /** A truth and a predicted lesion match if their IoU is at least this. */
  readonly overlapThreshold: number;
  readonly truthCount: number;
  readonly predictedCount: number;
  /** Pairs, one to one. */
  readonly matched: number;
  /** matched / predictedCount; both counts 0 = 1, one 0 = 0. So are recall and F1. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface TruthLesion {
  readonly volumeMl: number;
  /** Longest diameter within one axial slice, to the outer edges of its pixels, mm. */
  readonly diameterMm: number;
  /** Largest IoU with one predicted lesion, 0 … 1. */
  readonly bestOverlap: number;
  readonly isDetectedAt10: boolean;
  readonly isDetectedAt50: boolean;
}

/** A predicted lesion that matches none at 10 %. */
export interface FalseLesion {
  readonly volumeMl: number;
}

/** Lesions are the region's 3-D components; voxels that touch by a corner are one (26-connectivity). */
export interface LesionScores {
  /** At 0.1 and at 0.5, in this order. */
  readonly detection: readonly [at10: LesionDetection, at50: LesionDetection];
  readonly truthLesions: readonly TruthLesion[];
  readonly falsePositives: readonly FalseLesion[];
}

export interface CaseScores {
  /** In the order of {@link ScoreOptions.regions}. */
  readonly regions: readonly RegionScores[];
  /**
   * What the distances were measured on: `exact`, or `sheared` (a gantry tilt): the axes are then taken as perpendicular
   * to each other, with the slices at their distance along their normal. Uneven slices are exact.
   */
  readonly distances: 'exact' | 'sheared';
}
