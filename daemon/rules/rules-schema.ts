/**
 * The `rules` part of the config file: which series goes to which bundle. The one source of its types and of its part in
 * `docs/schemas/watch-config.schema.json`.
 * @module
 */
import { z } from 'zod';

const patterns = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((value): readonly string[] => (typeof value === 'string' ? [value] : value))
  .describe('One pattern or several, of which one must fit: * stands for any text, upper and lower case are the same.');

const range = z
  .strictObject({ min: z.number().nonnegative().optional(), max: z.number().nonnegative().optional() })
  .refine(({ min = 0, max = Number.POSITIVE_INFINITY }) => min <= max, 'min is above max')
  .describe('Both ends belong to the range.');

const conditionsSchema = z
  .strictObject({
    kind: z.enum(['dicom', 'nifti']),
    modality: patterns.describe('Modality (0008,0060).'),
    bodyPart: patterns.describe('Body Part Examined (0018,0015).'),
    description: patterns.describe('Series Description (0008,103E).'),
    protocol: patterns.describe('Protocol Name (0018,1030).'),
    kernel: patterns.describe('Convolution Kernel (0018,1210).'),
    thicknessMm: range.describe('Slice Thickness (0018,0050), mm; where it is not given, the distance of slices.'),
    contrast: z.boolean().describe('Whether a contrast agent (0018,0010) is named.'),
    slices: range.describe('Number of slices.'),
  })
  .partial();

const ruleSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'small letters, digits and hyphens')
    .describe('What tables and reports call the rule.'),
  when: conditionsSchema.optional().describe('All of these must hold. What a series does not say does not hold.'),
  unless: conditionsSchema.optional().describe('The rule does not take a series for which any of these holds.'),
  bundles: z
    .array(z.string().min(1))
    .optional()
    .describe('Names or folders of bundles; [] segments nothing; absent: those of --model, else the default ones.'),
  provider: z
    .enum(['cuda', 'webgpu', 'cpu'])
    .optional()
    .describe('Only a worker with this provider takes the series, and nothing else will do. Absent: any worker, with its own.'),
});

export const rulesSchema = z
  .strictObject({
    oneSeriesPerStudy: z
      .boolean()
      .default(false)
      .describe('Each bundle sees one series of a study: original, axial, thin, soft kernel first.'),
    studyQuietPeriodMs: z
      .int()
      .nonnegative()
      .default(60_000)
      .describe('With oneSeriesPerStudy: a study to which nothing was added for so long is judged.'),
    series: z
      .array(ruleSchema)
      .min(1)
      .refine((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, 'two rules have the same name')
      .optional()
      .describe('The first rule that takes a series decides; a series that none takes is not segmented. Absent: all are taken.'),
  })
  .describe('Which series goes to which bundle. Only in the config file; read again on SIGHUP.');

export type SeriesRules = Readonly<z.output<typeof rulesSchema>>;
export type SeriesRule = NonNullable<SeriesRules['series']>[number];
export type RuleProvider = NonNullable<SeriesRule['provider']>;
export type SeriesConditions = NonNullable<SeriesRule['when']>;
