/**
 * What a model was trained for: a scan outside of it gets a warning with its result.
 * @module
 */
import { z } from 'zod';

/** Lowest and highest, both included. */
const rangeMm = z
  .tuple([z.number().positive(), z.number().positive()])
  .readonly()
  .refine(([lowest, highest]) => lowest <= highest, 'the lowest first');

export const domainSchema = z.strictObject({
  /** Width of a pixel in an axial slice, mm. */
  pixelMm: rangeMm,
  /** From one axial slice to the next, mm. */
  sliceStepMm: rangeMm,
});

export type ModelDomain = z.infer<typeof domainSchema>;
