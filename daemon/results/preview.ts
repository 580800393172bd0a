/**
 * A volume and its labels → a contact sheet: up to twenty slices, spread over what is labelled.
 * @module
 */
import { drawLegendInto, LINE_HEIGHT, WINDOW_TEXT } from './overlay.ts';
import { createPicture, drawPictureInto, drawTextInto, type Picture, textSize, WHITE } from './picture.ts';
import { drawSlice, type PictureSource } from './slice-picture.ts';

const MAX_SLICES = 20;
const COLUMNS = 5;

/** The longer side of a slice on the sheet, and the gap between slices, pixels. */
const TILE_PIXELS = 256;
const GAP = 6;

/** Pixels per font pixel. */
const TEXT_SIZE = 2;

/**
 * Draws the contact sheet.
 * @param labelledSlices - Slices of the view with a label, ascending; where there are none the whole volume is shown.
 */
export function drawPreview(source: PictureSource, labelledSlices: readonly number[]): Picture {
  const slices = source.view.sizeVoxels[2];
  const [first, last] = [labelledSlices[0] ?? 0, labelledSlices.at(-1) ?? slices - 1];
  const tiles = spread(first, last, MAX_SLICES).map((k) => ({ k, picture: drawSlice(source, k, TILE_PIXELS) }));
  const tileWidth = Math.max(...tiles.map(({ picture }) => picture.width), textSize(`${slices}/${slices}`, TEXT_SIZE).width);
  const tileHeight = Math.max(...tiles.map(({ picture }) => picture.height)) + LINE_HEIGHT;
  const columns = Math.min(COLUMNS, tiles.length);
  const headWidth = 512;
  const sheet = createPicture(
    Math.max(headWidth, columns * (tileWidth + GAP) + GAP),
    2 * LINE_HEIGHT + GAP + Math.ceil(tiles.length / columns) * (tileHeight + GAP),
  );
  const title = `slices ${first + 1} to ${last + 1} of ${slices}  ${WINDOW_TEXT}  R on the left`;
  drawTextInto(sheet, title, { left: GAP, top: GAP, size: TEXT_SIZE, color: WHITE });
  drawLegendInto(sheet, source.labels, GAP + LINE_HEIGHT);
  tiles.forEach(({ k, picture }, n) => {
    const left = GAP + (n % columns) * (tileWidth + GAP);
    const top = 2 * LINE_HEIGHT + GAP + Math.floor(n / columns) * (tileHeight + GAP);
    drawPictureInto(sheet, picture, left, top);
    const textTop = top + tileHeight - LINE_HEIGHT + 3;
    drawTextInto(sheet, `${k + 1}/${slices}`, { left, top: textTop, size: TEXT_SIZE, color: WHITE });
  });
  return sheet;
}

/** At most `count` whole numbers from first to last, evenly spread, both ends included. */
export function spread(first: number, last: number, count: number): readonly number[] {
  const available = last - first + 1;
  if (available <= count) return Array.from({ length: available }, (_, n) => first + n);
  return Array.from({ length: count }, (_, n) => Math.round(first + (n * (last - first)) / (count - 1)));
}
