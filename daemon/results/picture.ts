/**
 * Pictures in memory: RGB pixels, boxes, text, pictures in pictures.
 * @module
 */
import { GLYPH_ADVANCE, GLYPH_HEIGHT, glyph } from './bitmap-font.ts';

/** 0 … 255 each. */
export type Rgb = readonly [red: number, green: number, blue: number];

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Three bytes a pixel, row by row from the top left. */
  readonly rgb: Uint8Array;
}

export const BLACK: Rgb = [0, 0, 0];
export const WHITE: Rgb = [255, 255, 255];

/** A black picture. */
export function createPicture(width: number, height: number): Picture {
  return { width, height, rgb: new Uint8Array(width * height * 3) };
}

/** `#rrggbb` → RGB. */
export function parseColor(color: string): Rgb {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Lays a picture over another; what leaves it is cut off. */
export function drawPictureInto(into: Picture, picture: Picture, left: number, top: number): void {
  const width = Math.min(picture.width, into.width - left);
  const height = Math.min(picture.height, into.height - top);
  for (let y = 0; y < height; y++) {
    const from = y * picture.width * 3;
    into.rgb.set(picture.rgb.subarray(from, from + width * 3), ((top + y) * into.width + left) * 3);
  }
}

/** Fills a rectangle; what leaves the picture is cut off. */
export function fillBoxInto(
  into: Picture,
  { left, top, width, height, color }: { left: number; top: number; width: number; height: number; color: Rgb },
): void {
  for (let y = Math.max(0, top); y < Math.min(into.height, top + height); y++)
    for (let x = Math.max(0, left); x < Math.min(into.width, left + width); x++) {
      const at = (y * into.width + x) * 3;
      into.rgb[at] = color[0];
      into.rgb[at + 1] = color[1];
      into.rgb[at + 2] = color[2];
    }
}

export interface TextStyle {
  readonly left: number;
  readonly top: number;
  /** Pixels of the picture per pixel of the font. */
  readonly size: number;
  readonly color: Rgb;
}

/** Writes a line of text in the built-in font; what leaves the picture is cut off. */
export function drawTextInto(into: Picture, text: string, { left, top, size, color }: TextStyle): void {
  let advance = left;
  for (const character of text) {
    const rows = glyph(character);
    for (let y = 0; y < rows.length; y++) {
      const row = rows[y] as string;
      // Strokes along the row are one box each.
      for (let x = row.indexOf('#'); x >= 0; ) {
        const gap = row.indexOf('.', x);
        const end = gap < 0 ? row.length : gap;
        fillBoxInto(into, { left: advance + x * size, top: top + y * size, width: (end - x) * size, height: size, color });
        x = row.indexOf('#', end);
      }
    }
    advance += GLYPH_ADVANCE * size;
  }
}

/** Size of a line of text, pixels. */
export function textSize(text: string, size: number): { readonly width: number; readonly height: number } {
  return { width: Math.max(0, [...text].length * GLYPH_ADVANCE - 1) * size, height: GLYPH_HEIGHT * size };
}
