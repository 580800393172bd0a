/**
 * `voxwatch train RECIPE --show-augmentation`: what a recipe's augmentation does to slices of the data, as one page that loads
 * nothing: `augmentation.html` in the folder of `--out`. Nothing is trained.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asVoxwatchError, VoxwatchError } from '../../core/errors.ts';
import { createRandom } from '../../core/random.ts';
import { checkAugmentation } from '../../train/augmentation/check-augmentation.ts';
import type { Recipe } from '../../train/recipe.ts';
import { augmentationPage, type StagePart } from './augmentation-page.ts';
import { readExampleSlices } from './example-slices.ts';
import { stageTiles } from './stage-tiles.ts';

export interface ShowOptions {
  readonly recipe: Recipe;
  readonly dataFolders: readonly string[];
  /** Folder of the page; made where it is not there. */
  readonly out: string;
  readonly seed: number;
  /** Called for a case that cannot be read. */
  readonly onLeftOut: (reason: string) => void;
}

export const AUGMENTATION_PAGE = 'augmentation.html';

/**
 * @returns path of the page.
 * @throws {VoxwatchError} `USAGE` for an augmentation that cannot be applied, `INPUT_EMPTY` without a case that can be read,
 *   `OUTPUT_NOT_WRITABLE`.
 */
export async function showAugmentation(options: ShowOptions): Promise<string> {
  const { recipe, out, seed } = options;
  for (const { augmentation } of recipe.stages) checkAugmentation(augmentation);
  await mkdir(out, { recursive: true }).catch(notWritable);
  const { slices, remove } = await readExampleSlices(options);
  try {
    const stages: StagePart[] = [];
    for (const stage of recipe.stages) {
      const random = createRandom(seed, `augmentation of ${stage.name}`);
      stages.push({ stage, rows: await stageTiles(random, slices, stage, recipe.labels) });
    }
    const page = join(out, AUGMENTATION_PAGE);
    await writeFile(page, augmentationPage({ recipe, seed, stages })).catch(notWritable);
    return page;
  } finally {
    await remove();
  }
}

function notWritable(cause: unknown): never {
  const { message } = asVoxwatchError(cause);
  throw new VoxwatchError('OUTPUT_NOT_WRITABLE', `The page cannot be written: ${message}`, {}, cause);
}
