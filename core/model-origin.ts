/**
 * Where a bundle's networks come from, of those that were not trained here. A bundle that was has none of it: its training
 * and its certificate say more.
 * @module
 */
import { z } from 'zod';

export const importedOriginSchema = z.strictObject({
  kind: z.literal('imported'),
  /** Who made it: people, an institute, a project. As the description says; nobody here checked it. */
  madeBy: z.string().min(1),
  /** What it was trained on. */
  trainedOn: z.string().min(1),
  /** Where it can be had: an address, a DOI. */
  source: z.string().min(1).optional(),
  licence: z.string().min(1).optional(),
  /** What wrote the ONNX file, as the file says, and its versions. */
  file: z.strictObject({ producer: z.string(), irVersion: z.int().positive(), opset: z.int().positive() }),
  /** Of voxwatch. */
  importedWith: z.string().min(1),
});

export type ImportedOrigin = z.infer<typeof importedOriginSchema>;
