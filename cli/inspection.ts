/**
 * What `inspect --json` prints: the one source of its JSON Schema, `docs/schemas/inspect.schema.json` (a test holds the
 * two together and real output against it). A new key is no break; a key that goes or changes is.
 * @module
 */
import { z } from 'zod';

const vector = z.tuple([z.number(), z.number(), z.number()]);

const finding = z.strictObject({
  code: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  message: z.string(),
});

const reason = { code: z.string(), message: z.string() };

const geometry = z.strictObject({
  sizeVoxels: vector.describe('Number of voxels along i (fastest), j, k.'),
  spacingMm: vector.describe('Length of one voxel step along i, j, k; of a tilted stack, along its slanted k.'),
  axisCodes: z.string().length(3).describe('World direction of i, j, k: L, R, P, A, S, I.'),
  orientation: z.enum(['axial', 'coronal', 'sagittal']),
  tiltDegrees: z.number().describe('Angle between the stack and the normal of its slices.'),
  sliceDistanceMm: z
    .tuple([z.number(), z.number()])
    .describe('Smallest and largest distance of neighbouring slices along their normal.'),
  voxelToWorld: z.array(z.number()).length(16).describe('Voxel index → DICOM LPS mm, 4 × 4, row-major.'),
  slicePositionsMm: z.array(z.number()).optional().describe('Only of uneven stacks: place of each slice along the normal.'),
});

const series = z.strictObject({
  name: z.string().describe('What --series of convert takes.'),
  kind: z.enum(['dicom', 'nifti']),
  files: z.number().int(),
  isClosed: z.boolean().describe('Whether the slices close into a stack without a hole (NIfTI: whether the file is whole).'),
  declaredSlices: z.number().int().optional(),
  modality: z.string().optional(),
  bodyPart: z.string().optional(),
  acquisition: z
    .strictObject({
      transferSyntaxUid: z.string(),
      kernel: z.string(),
      patientPosition: z.string(),
      hasContrast: z.boolean(),
    })
    .partial()
    .optional()
    .describe('What all slices of a DICOM series agree on.'),
  geometry: geometry.optional().describe('Absent where the series is refused.'),
  huRange: z.tuple([z.number(), z.number()]).optional(),
  huSha256: z.string().length(64).optional().describe('Of the voxels as int16 little endian, i fastest.'),
  findings: z.array(finding),
  refusal: z.strictObject(reason).optional().describe('Why the series is not segmented.'),
});

export const inspectionSchema = z.strictObject({
  series: z.array(series),
  setAside: z.array(z.strictObject({ file: z.string(), ...reason })).describe('Files that belong to no series.'),
});

export type Inspection = z.infer<typeof inspectionSchema>;
export type InspectedSeries = Inspection['series'][number];
