/**
 * Values of a slice → grey as a person should see them: through the range that the stage itself looks at.
 * @module
 */
import type { IntensityRecipe } from '../intensity-recipe.ts';

/** @returns 0 black … 255 white, one a value. */
export function greyPicture(values: Float32Array, intensity: IntensityRecipe): Uint8Array {
  const [low, high] = displayRange(values, intensity);
  const range = high > low ? high - low : 1;
  return Uint8Array.from(values, (value) => Math.round((255 * (Math.min(high, Math.max(low, value)) - low)) / range));
}

function displayRange(values: Float32Array, intensity: IntensityRecipe): readonly [low: number, high: number] {
  const [first] = intensity.scheme === 'windows' ? intensity.windows : [];
  if (first) return [first.levelHu - first.widthHu / 2, first.levelHu + first.widthHu / 2];
  if ('clampHu' in intensity) return intensity.clampHu;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
