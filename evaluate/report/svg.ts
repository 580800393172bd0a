/**
 * Marks and words → SVG elements: what charts are drawn with. No script, no font of its own.
 * @module
 */
import { escapeHtml } from './markup.ts';

/** Three to six round numbers inside a range. */
export function axisTicks(low: number, high: number): number[] {
  const rough = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) ticks.push(n * step);
  return ticks;
}

export function axisLabel(value: number): string {
  return String(Number(value.toPrecision(4))).replace('-', '−');
}

export function svg(width: number, height: number, title: string, content: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">${content.join('')}</svg>`;
}

export function rect(x: number, y: number, width: number, height: number, color: string): string {
  return `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" fill="${color}"/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, color: string): string {
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${color}"/>`;
}

export function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end', weight = 400): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" font-weight="${weight}">${escapeHtml(content)}</text>`;
}

/** Two decimals are enough for any screen. */
export function at(value: number): string {
  return String(Math.round(value * 100) / 100);
}
