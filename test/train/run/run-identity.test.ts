import { describe, expect, it } from 'vitest';
import type { SliceStore } from '../../../train/data/slice-store.ts';
import type { MillimetreRecipe, StageRecipe } from '../../../train/recipe.ts';
import { ABDOMEN_CASCADE } from '../../../train/recipes/abdomen-cascade.ts';
import { runIdentity } from '../../../train/run/run-identity.ts';

const stage = ABDOMEN_CASCADE.stages[1] as StageRecipe & { readonly millimetres: MillimetreRecipe };
const store = { facts: [{ case: 'a', labelPixels: [1, 2] }] } as unknown as SliceStore;
const identity = (of: StageRecipe, seed = 1): string =>
  runIdentity(of, { seed, start: undefined, held: undefined, train: store, validation: store });

describe('the identity of a training run', () => {
  it('is that of what it is trained on and how', () => {
    const { millimetres } = stage;
    expect(identity({ ...stage })).toBe(identity(stage));
    expect(identity(stage, 2)).not.toBe(identity(stage));
    expect(identity({ ...stage, cropJitterPixels: 3 })).not.toBe(identity(stage));
    expect(identity({ ...stage, millimetres: { ...millimetres, spacingMm: 2 } })).not.toBe(identity(stage));
    expect(identity({ ...stage, millimetres: { ...millimetres, inputSmoothingMm: 2 } })).not.toBe(identity(stage));
  });

  it('does not depend on what is made of probabilities afterwards', () => {
    const outputs = stage.millimetres.outputs.map((output) => ({ ...output, threshold: 0.2, bulgeMm: 9 }));
    expect(identity({ ...stage, millimetres: { ...stage.millimetres, outputs } })).toBe(identity(stage));
  });
});
