/**
 * Input, prediction and truth of one slice → one picture, side by side, in the colours of the recipe's labels.
 * @module
 */
import { affineFromColumns } from '../../core/affine.ts';
import type { LabelTable } from '../../core/label-table.ts';
import { createLabelMap, createVolume } from '../../core/volume.ts';
import { createPicture, drawPictureInto, type Picture } from '../../daemon/results/picture.ts';
import { drawSlice, pictureSource, WINDOW } from '../../daemon/results/slice-picture.ts';
import type { Example } from '../../train/report/choose-slices.ts';

/** Longer side of each of the three. */
const PANEL_PIXELS = 288;

/** Black between them. */
const GAP_PIXELS = 4;

export function drawExample({ sizePixels, input, prediction, truth }: Omit<Example, 'role' | 'dice'>, labels: LabelTable): Picture {
  const geometry = {
    sizeVoxels: [...sizePixels, 1] as const,
    voxelToWorld: affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]),
  };
  // Pictures of slices are drawn from HU through one window: grey goes in as the HU that this window shows so.
  const hu = Int16Array.from(input, (grey) => Math.round(WINDOW.level - WINDOW.width / 2 + (grey / 255) * WINDOW.width));
  const volume = createVolume(geometry, hu);
  const panels = [new Uint8Array(input.length), prediction, truth].map((own) =>
    drawSlice(pictureSource(volume, createLabelMap(geometry, own), labels), 0, PANEL_PIXELS),
  );
  const [{ width, height }] = panels as [Picture, Picture, Picture];
  const picture = createPicture(3 * width + 2 * GAP_PIXELS, height);
  for (const [n, panel] of panels.entries()) drawPictureInto(picture, panel, n * (width + GAP_PIXELS), 0);
  return picture;
}
