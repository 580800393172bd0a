/**
 * A training sample → its picture: the range of values that the stage looks at as grey, its classes outlined.
 * @module
 */
import type { LabelTable } from '../../core/label-table.ts';
import { createPicture, type Picture, parseColor, type Rgb } from '../../daemon/results/picture.ts';
import type { Sample } from '../../train/augmentation/sample.ts';
import type { StageRecipe } from '../../train/recipe.ts';
import { greyPicture } from '../../train/report/grey-picture.ts';

/** Pixels of a sample for each pixel of its outlines: a page shows a sample of 512 pixels at less than half its size. */
const PIXELS_A_LINE = 192;

export function drawSample({ hu, labels }: Sample, stage: StageRecipe, table: LabelTable): Picture {
  const [width, height] = stage.gridPixels;
  const grey = greyPicture(hu.subarray(0, labels.length), stage.intensity);
  const picture = createPicture(width, height);
  const classes = labels.map((label) => stage.classes[label] ?? 0);
  const colors = stage.outputLabels.map((label) => colorOf(label, table));
  const line = Math.max(1, Math.round(width / PIXELS_A_LINE));
  for (let v = 0, p = 0; v < height; v++)
    for (let u = 0; u < width; u++, p++) {
      const value = grey[p] as number;
      const color = isEdge(classes, stage.gridPixels, [u, v], line) ? colors[classes[p] as number] : undefined;
      picture.rgb.set(color ?? [value, value, value], p * 3);
    }
  return picture;
}

/** A class is outlined on its inner side where it meets a lower one, so that a lesion's outline is not doubled by the organ's. */
function isEdge(
  classes: Uint8Array,
  [width, height]: readonly [number, number],
  [u, v]: readonly [number, number],
  line: number,
): boolean {
  const own = classes[v * width + u] as number;
  if (own === 0) return false;
  const isLower = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && (classes[y * width + x] as number) < own;
  return isLower(u - line, v) || isLower(u + line, v) || isLower(u, v - line) || isLower(u, v + line);
}

function colorOf(label: number, table: LabelTable): Rgb | undefined {
  const entry = table.find(({ index }) => index === label);
  return entry && parseColor(entry.color);
}
