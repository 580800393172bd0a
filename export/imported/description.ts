/**
 * The description file of `voxwatch import`: what an ONNX file does not say of itself. Published as a JSON Schema in
 * `docs/schemas/import-description.schema.json`; a test holds the two together.
 *
 * `convention` fills in what nnU-Net and MONAI do alike everywhere; a field that is written out wins.
 * @module
 */
import { z } from 'zod';
import { VoxwatchError } from '../../core/errors.ts';
import type { ModelManifest } from '../../core/model-manifest.ts';
import { type TileNetwork, tileFaults, tileNetworkSchema } from '../../core/tile-stage.ts';
import { CONVENTIONS } from './conventions.ts';

const labelSchema = z.strictObject({
  index: z.int().min(1).max(255),
  name: z.string().min(1),
  color: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .optional()
    .describe('for pictures: #rrggbb'),
  code: z
    .strictObject({ scheme: z.string().min(1), value: z.string().min(1), meaning: z.string().min(1) })
    .optional()
    .describe('a coded concept, SNOMED CT: scheme SCT. Left out, the label has a local code that no one else knows'),
});

const figureSchema = z.strictObject({
  metric: z.string(),
  of: z.string(),
  on: z.string(),
  value: z.number(),
  cases: z.int().positive().optional(),
});

const { input, output, ...preparation } = tileNetworkSchema.shape;

const descriptionSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/)
    .describe('of the bundle: small letters, digits, hyphens'),
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/)
    .default('1.0.0'),
  madeBy: z.string().min(1).describe('who made the network'),
  trainedOn: z.string().min(1).describe('what it was trained on'),
  source: z.string().min(1).optional().describe('where it can be had'),
  licence: z.string().min(1).optional(),
  bodyParts: z.array(z.string()).default([]).describe('DICOM Body Part Examined values'),
  labels: z.array(labelSchema).min(1),
  organLabel: z.int().min(1).max(255).optional().describe('without a voxel of it the organ is absent; left out: the lowest label'),
  lesionLabel: z.int().min(1).max(255).optional().describe('without a voxel of it there is no tumour; left out: it tells none'),
  enhancedOrganHu: z
    .number()
    .optional()
    .describe('mean HU of the organ after contrast medium, at least: with less a result warns; left out: nothing is said of it'),
  intendedUse: z.string().min(1).default('Research, as whoever made it intended.'),
  limits: z.array(z.string()).default([]),
  reportedFigures: z.array(figureSchema).default([]).describe('what whoever made it reports; nobody here measured it'),
  postprocessing: z
    .strictObject({
      minComponentMl: z.number().min(0).default(0),
      minLesionMl: z.number().min(0).default(0),
      minOrganMl: z.number().min(0).default(0),
      maxComponents: z.int().min(0).default(0),
    })
    .prefault({}),
  convention: z.enum(['nnunet', 'monai']).optional().describe('whose habits fill in what `network` leaves out'),
  network: z.strictObject({ ...preparation, input: input.optional(), output: output.optional() }).partial(),
});

export type ImportDescription = Omit<z.infer<typeof descriptionSchema>, 'network' | 'convention'> & {
  /** Whole but for the names of input and output, which a file with one of each says itself. */
  readonly network: Omit<TileNetwork, 'input' | 'output'> & {
    readonly input?: string | undefined;
    readonly output?: string | undefined;
  };
};

/** The part of a description file that flags may also give. */
export type PartialDescription = Readonly<Record<string, unknown>>;

/** The description as JSON Schema, for editors. */
export function descriptionJsonSchema(): object {
  return z.toJSONSchema(descriptionSchema, { io: 'input' });
}

/**
 * Checks a description and fills in its convention.
 * @throws {VoxwatchError} `USAGE`, naming the first field that is wrong or missing.
 */
export function parseDescription(value: unknown): ImportDescription {
  const parsed = descriptionSchema.safeParse(value);
  if (!parsed.success) throw wrong(parsed.error.issues[0]);
  const { network, convention, ...facts } = parsed.data;
  const filled = { ...(convention ? CONVENTIONS[convention] : {}), ...withoutAbsent(network) };
  const named = { input: 'any', output: 'any', ...filled };
  const whole = tileNetworkSchema.safeParse(named);
  if (!whole.success) throw wrong(whole.error.issues[0], 'network');
  const [fault] = tileFaults(whole.data);
  if (fault !== undefined) throw new VoxwatchError('USAGE', `The description of the network contradicts itself: ${fault}.`);
  const { input: _input, output: _output, ...rest } = whole.data;
  return {
    ...facts,
    network: {
      ...rest,
      ...('input' in filled ? { input: filled.input } : {}),
      ...('output' in filled ? { output: filled.output } : {}),
    },
  };
}

function withoutAbsent<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Partial<T>;
}

function wrong(issue: z.core.$ZodIssue | undefined, above?: string): VoxwatchError {
  const where = [...(above ? [above] : []), ...(issue?.path ?? [])].join('.') || 'the top level';
  return new VoxwatchError('USAGE', `The description is not valid at ${where}: ${issue?.message}. See docs/import.md.`, { where });
}

/** What a label has that a description leaves out. */
const COLORS = ['#00ffff', '#ffff00', '#ff8000', '#80ff00', '#ff00ff', '#4080ff', '#ff4040', '#40ffa0'] as const;

/** The labels of the manifest. */
export function labelsOf({ labels }: Pick<ImportDescription, 'labels'>): ModelManifest['labels'] {
  return labels
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, name, color, code }, n) => ({
      index,
      name,
      color: color ?? (COLORS[n % COLORS.length] as string),
      code: code ?? { scheme: '99VOXWATCH', value: `label-${index}`, meaning: name },
    }));
}
