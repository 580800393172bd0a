/**
 * Slices under a stage's augmentation → pictures: as they are, under each transform alone, and under all of them.
 * @module
 */
import type { LabelTable } from '../../core/label-table.ts';
import type { Random } from '../../core/random.ts';
import { encodeJpeg } from '../../daemon/results/jpeg.ts';
import { augmentedSample } from '../../train/augmentation/augmented-sample.ts';
import type { Sample } from '../../train/augmentation/sample.ts';
import { augmentedGrid, type SliceSource } from '../../train/data/sample-batch.ts';
import type { StageRecipe } from '../../train/recipe.ts';
import { drawSample } from './sample-picture.ts';
import { transformWords } from './transform-words.ts';

/** How often all transforms together are drawn for a slice. */
const DRAWS_OF_ALL = 3;

export interface Tile {
  readonly title: string;
  /** What was drawn from; empty for the slice as it is. */
  readonly words: string;
  readonly jpegBase64: string;
}

/** @returns for each slice its tiles, the slice as it is first. */
export async function stageTiles(
  random: Random,
  slices: SliceSource,
  stage: StageRecipe,
  labels: LabelTable,
): Promise<readonly (readonly Tile[])[]> {
  const still: StageRecipe = { ...stage, augmentation: [], cropJitterPixels: 0 };
  const views = [
    { title: 'as it is', words: '', stage: still },
    ...stage.augmentation.map((transform) => ({
      ...transformWords(transform),
      // Shown for certain, however rare the recipe has it.
      stage: { ...still, augmentation: [{ ...transform, probability: 1 }] },
    })),
    ...Array.from({ length: DRAWS_OF_ALL }, (_, n) => ({ title: `all together, ${n + 1}`, words: 'as in training', stage })),
  ];
  const rows: Tile[][] = [];
  for (let index = 0; index < slices.facts.length; index++) {
    const row: Tile[] = [];
    for (const [n, view] of views.entries()) {
      const sample = drawn(random.fork(`slice ${index}, view ${n}`), slices, index, view.stage);
      const jpeg = await encodeJpeg(drawSample(sample, stage, labels));
      row.push({ title: view.title, words: view.words, jpegBase64: Buffer.from(jpeg).toString('base64') });
    }
    rows.push(row);
  }
  return rows;
}

function drawn(random: Random, slices: SliceSource, index: number, stage: StageRecipe): Sample {
  const { augmentation, gridPixels } = stage;
  const map = augmentedGrid(random, slices, index, stage);
  return augmentedSample(slices.read(index), slices.sizePixels, { augmentation, map, random, size: gridPixels });
}
