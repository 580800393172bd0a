/**
 * What makes two training runs of a stage the same run.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import type { SliceStore } from '../data/slice-store.ts';
import { WEIGHTS_FILE } from '../model-files.ts';
import type { StageRecipe } from '../recipe.ts';

/** Of all that the course of a stage depends on. */
export function runIdentity(
  stage: StageRecipe,
  facts: {
    readonly seed: number;
    readonly start: string | undefined;
    /** What is held back: frozen layers, conserved outputs. */
    readonly held: unknown;
    readonly train: SliceStore;
    readonly validation: SliceStore;
  },
): string {
  const { seed, start, held, train, validation } = facts;
  const data = [train, validation].map((store) => store.facts.map((slice) => [slice.case, slice.labelPixels]));
  return createHash('sha256')
    .update(JSON.stringify([asTrained(stage), seed, start, held, data]))
    .digest('hex')
    .slice(0, 16);
}

/** What is made of probabilities afterwards has no part in the training: it may be changed when a run is exported. */
function asTrained({ millimetres, ...stage }: StageRecipe): object {
  if (!millimetres) return stage;
  const { outputs: _, ...grid } = millimetres;
  return { ...stage, millimetres: grid };
}

/**
 * Of a model's weights.
 * @param folder - Of the model.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`.
 */
export async function weightsDigest(folder: string): Promise<string> {
  const weights = await readFile(join(folder, WEIGHTS_FILE)).catch((cause: unknown) => {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'The run to start from has no weights for this stage.', {}, cause);
  });
  return createHash('sha256').update(weights).digest('hex');
}
