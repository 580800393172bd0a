/**
 * How HU become network input, as the manifest and a training run's files say it.
 * @module
 */
import { z } from 'zod';
import { VoxwatchError } from './errors.ts';

const huRange = z.tuple([z.number(), z.number()]).readonly();

/** How HU become network input; all of it is inside the stage's ONNX graph. */
export const intensitySchema = z.discriminatedUnion('scheme', [
  z.strictObject({
    /** `(clamp(hu) − mean[y, x]) / standardDeviation[y, x]`, slices over the training set (report 003). */
    scheme: z.literal('feature-wise'),
    clampHu: huRange,
    /** Standard deviations below this were raised to it before training, HU. */
    standardDeviationFloorHu: z.number().positive(),
  }),
  z.strictObject({
    /** Each slice's own lowest value becomes 0, its highest 1 (report 000). */
    scheme: z.literal('min-max'),
  }),
  z.strictObject({
    /** `(clamp(hu) − mean) / standardDeviation` (report 001). */
    scheme: z.literal('standardise'),
    clampHu: huRange,
    meanHu: z.number(),
    standardDeviationHu: z.number().positive(),
  }),
  z.strictObject({
    /** The values themselves, in each channel the same (report 002). */
    scheme: z.literal('as-stored'),
    channels: z.int().positive(),
  }),
  z.strictObject({
    /** A channel a window, one of the slice equalised, each then standardised (report 004). */
    scheme: z.literal('windows'),
    windows: z.array(z.strictObject({ widthHu: z.number().positive(), levelHu: z.number() })).readonly(),
    /** Frequency bins of the equalised channel; 0 = there is none. */
    equalizedBins: z.int().min(0),
    channelMeans: z.array(z.number()).readonly(),
    channelDeviations: z.array(z.number().positive()).readonly(),
  }),
]);

export type StageIntensity = z.infer<typeof intensitySchema>;

/**
 * Parses what {@link intensitySchema} describes.
 * @throws {VoxwatchError} `INVALID_ARGUMENT`, naming the first field that is wrong.
 */
export function parseStageIntensity(json: string): StageIntensity {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new VoxwatchError('INVALID_ARGUMENT', 'The intensity facts of this training run are not JSON.', {}, cause);
  }
  const parsed = intensitySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new VoxwatchError(
    'INVALID_ARGUMENT',
    `The intensity facts of this training run are wrong at ${issue?.path.join('.') || 'their scheme'}: ${issue?.message}.`,
  );
}
