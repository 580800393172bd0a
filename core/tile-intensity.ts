/**
 * How HU become one channel of a network made elsewhere; `preprocess/tiles/intensity.ts` computes it.
 * @module
 */
import { z } from 'zod';

const range = z
  .tuple([z.number(), z.number()])
  .readonly()
  .refine(([lowest, highest]) => lowest < highest, 'the lower one first');

export const tileIntensitySchema = z.discriminatedUnion('scheme', [
  z.strictObject({ scheme: z.literal('as-stored') }).describe('HU themselves'),
  z
    .strictObject({ scheme: z.literal('window'), rangeHu: range, to: range, clips: z.boolean() })
    .describe('a range of HU becomes a range of numbers; what lies outside is clipped, or goes on as the line does'),
  z
    .strictObject({
      scheme: z.literal('standardise'),
      clampHu: range.optional(),
      meanHu: z.number(),
      standardDeviationHu: z.number().positive(),
    })
    .describe('(clamp(hu) − mean) / standard deviation, numbers of the training data: nnU-Net’s CT scheme'),
  z
    .strictObject({ scheme: z.literal('volume-standardise'), clampHu: range.optional() })
    .describe('(hu − mean) / standard deviation, of this scan’s own voxels after the clamp'),
  z
    .strictObject({
      scheme: z.literal('percentiles'),
      percentiles: range.refine(([lowest, highest]) => lowest >= 0 && highest <= 100, 'from 0 to 100'),
      to: range,
      clips: z.boolean(),
    })
    .describe('as window, the range given by percentiles of this scan’s own voxels'),
]);

export type TileIntensity = z.infer<typeof tileIntensitySchema>;
