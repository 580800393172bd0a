/**
 * A stage that works in millimetres: on a grid of its own spacing, whatever the pixels of the scan, with probabilities that
 * are judged in three dimensions before they go back to the scan's grid.
 * @module
 */
import { z } from 'zod';

/** One label that such a stage gives. Outputs are taken in order: a later one is written over an earlier one. */
export const stageOutputSchema = z.strictObject({
  /** Label index of the bundle. */
  label: z.int().min(1).max(255),
  /** Classes of the network whose probabilities are added up: an organ is its healthy part and its lesions. */
  classes: z.array(z.int().min(1)).min(1).readonly(),
  /** Probability from which on a voxel belongs to it, in (0, 1). */
  threshold: z.number().gt(0).lt(1),
  /** Standard deviation of the bell that smooths probabilities along z, mm; 0 = they stay as they are. */
  smoothingMm: z.number().min(0),
  /** How many 3-D components are kept, the largest; 0 keeps all. */
  maxComponents: z.int().min(0),
  /** 3-D components that are smaller are removed, ml; 0 keeps all. */
  minComponentMl: z.number().min(0),
  /** 3-D components none of whose voxels reaches this probability, after smoothing, are removed; absent keeps all. */
  leastPeak: z.number().gt(0).lt(1).optional(),
  /** Whether what it encloses in three dimensions belongs to it. */
  fillHoles: z.boolean(),
  /** Only where an earlier output or stage gave this label; absent = anywhere. */
  within: z.int().min(1).max(255).optional(),
  /**
   * How far out of `within` a component may reach, mm, when at least half of its voxels lie inside. Absent or 0, and for other
   * components: what is outside is cut off.
   */
  bulgeMm: z.number().min(0).optional(),
  /**
   * The label, which an earlier stage gave, is drawn anew: where this is how far from the former outline this output decides, on
   * both sides, mm. What lies deeper inside stays, what is farther out stays out. Absent = the label is written over what is there.
   */
  redrawMm: z.number().positive().optional(),
});

export const millimetreGridSchema = z.strictObject({
  /** Edge of the network's pixels, along x and y. Slices stay those of the scan. */
  spacingMm: z.number().positive(),
  /** The graph pads the grid to a multiple of this, with what air becomes, and cuts the rest off again. */
  multipleOf: z.int().positive(),
  /**
   * Standard deviation of the bell that averages slices along the body before the network sees them, mm: of thin slices it
   * takes the noise. Absent or 0 = slices as they are.
   */
  inputSmoothingMm: z.number().min(0).optional(),
  outputs: z.array(stageOutputSchema).min(1).readonly(),
});

/** What part of a scan such a stage sees. */
export const millimetreRegionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('whole-slice') }),
  z.strictObject({
    /** One box for the scan, round all that earlier stages gave these labels; without any, the stage does not run. */
    kind: z.literal('box-around-labels'),
    labels: z.array(z.int().min(1).max(255)).min(1).readonly(),
    /** On every side, along the body too. */
    marginMm: z.number().min(0),
  }),
]);

export type StageOutput = z.infer<typeof stageOutputSchema>;
export type MillimetreGrid = z.infer<typeof millimetreGridSchema>;
export type MillimetreRegion = z.infer<typeof millimetreRegionSchema>;
