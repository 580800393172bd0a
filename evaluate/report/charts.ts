/**
 * Numbers → SVG: a strip of cases with its box and histogram, and the Bland–Altman plot. No script, no font of its own.
 * @module
 */
import { mean, quantile } from '../statistics/summarize.ts';
import { escapeHtml, formatNumber } from './markup.ts';
import { at, axisLabel, axisTicks, line, rect, svg, text } from './svg.ts';

const INK = '#1f2d3a';
const GRID = '#d9e0e6';
const MARK = '#1667a8';
const BAR = '#c9dcea';

export interface NamedValue {
  readonly name: string;
  readonly value: number;
}

/** Every case a point over a histogram, with median and quartiles. @param range - Ends of the axis. */
export function distributionStrip(title: string, values: readonly NamedValue[], range: readonly [number, number]): string {
  const [width, left, right, base] = [560, 20, 540, 74];
  const [low, high] = range;
  const x = (value: number): number => left + ((Math.min(high, Math.max(low, value)) - low) / (high - low || 1)) * (right - left);
  const bins = new Array<number>(20).fill(0);
  for (const { value } of values) {
    const bin = Math.min(bins.length - 1, Math.max(0, Math.floor(((value - low) / (high - low || 1)) * bins.length)));
    bins[bin] = (bins[bin] as number) + 1;
  }
  const tallest = Math.max(1, ...bins);
  const binWidth = (right - left) / bins.length;
  const bars = bins.map((count, n) =>
    rect(left + n * binWidth + 0.5, base - (count / tallest) * 52, binWidth - 1, (count / tallest) * 52, BAR),
  );
  const points = values.map(
    ({ name, value }, n) =>
      `<circle cx="${at(x(value))}" cy="${at(base + 10 + (n % 3) * 4)}" r="2.6" fill="${MARK}" fill-opacity="0.65"><title>${escapeHtml(name)}: ${formatNumber(value, 3)}</title></circle>`,
  );
  const sorted = values.map(({ value }) => value).sort((a, b) => a - b);
  const box = sorted.length === 0 ? '' : boxOf(sorted, x, base + 32);
  const ticks = axisTicks(low, high).map(
    (tick) => text(x(tick), 126, axisLabel(tick), 'middle') + line(x(tick), 20, x(tick), 110, GRID),
  );
  return svg(width, 132, title, [
    text(left, 14, `${title} (${values.length} cases)`, 'start', 600),
    ...ticks,
    ...bars,
    line(left, base, right, base, INK),
    ...points,
    box,
  ]);
}

function boxOf(sorted: readonly number[], x: (value: number) => number, y: number): string {
  const [q1, median, q3] = [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)];
  return [
    line(x(sorted[0] as number), y, x(sorted.at(-1) as number), y, INK),
    `<rect x="${at(x(q1))}" y="${y - 6}" width="${at(Math.max(1, x(q3) - x(q1)))}" height="12" fill="#fff" stroke="${INK}"/>`,
    `<line x1="${at(x(median))}" y1="${y - 6}" x2="${at(x(median))}" y2="${y + 6}" stroke="${INK}" stroke-width="2.5"/>`,
  ].join('');
}

export interface AgreementPoint {
  readonly name: string;
  readonly truthMl: number;
  readonly predictedMl: number;
}

/** Difference over mean of two volumes, with bias and limits of agreement. */
export function blandAltmanPlot(
  title: string,
  points: readonly AgreementPoint[],
  agreement: { readonly biasMl: number; readonly limitsMl?: { readonly lower: number; readonly upper: number } | undefined },
): string {
  const [left, right, top, bottom] = [64, 440, 30, 236];
  const placed = points.map(({ name, truthMl, predictedMl }) => ({
    name,
    mean: mean([truthMl, predictedMl]),
    difference: predictedMl - truthMl,
  }));
  const { biasMl, limitsMl } = agreement;
  const lines = [
    { value: biasMl, name: `bias ${formatNumber(biasMl, 1)}`, dash: '' },
    ...(limitsMl
      ? [limitsMl.upper, limitsMl.lower].map((value) => ({ value, name: `${formatNumber(value, 1)}`, dash: '5 4' }))
      : []),
  ];
  const [xLow, xHigh] = padded(placed.map((point) => point.mean).concat(0));
  const [yLow, yHigh] = padded([...placed.map(({ difference }) => difference), ...lines.map(({ value }) => value), 0]);
  const x = (value: number): number => left + ((value - xLow) / (xHigh - xLow)) * (right - left);
  const y = (value: number): number => bottom - ((value - yLow) / (yHigh - yLow)) * (bottom - top);
  return svg(560, 284, title, [
    text(left, 14, title, 'start', 600),
    ...axisTicks(xLow, xHigh).map(
      (tick) => line(x(tick), top, x(tick), bottom, GRID) + text(x(tick), bottom + 16, axisLabel(tick), 'middle'),
    ),
    ...axisTicks(yLow, yHigh).map(
      (tick) => line(left, y(tick), right, y(tick), GRID) + text(left - 6, y(tick) + 4, axisLabel(tick), 'end'),
    ),
    line(left, y(0), right, y(0), INK),
    ...lines.map(
      ({ value, name, dash }) =>
        `<line x1="${left}" y1="${at(y(value))}" x2="${right}" y2="${at(y(value))}" stroke="#b3541e" stroke-width="1.4" stroke-dasharray="${dash}"/>${text(right + 6, y(value) + 4, name, 'start')}`,
    ),
    ...placed.map(
      (point) =>
        `<circle cx="${at(x(point.mean))}" cy="${at(y(point.difference))}" r="3.6" fill="${MARK}" fill-opacity="0.75"><title>${escapeHtml(point.name)}: mean ${formatNumber(point.mean, 1)} ml, difference ${formatNumber(point.difference, 1)} ml</title></circle>`,
    ),
    text((left + right) / 2, 274, 'mean of both volumes, ml', 'middle'),
    `<text transform="translate(14 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">predicted − truth, ml</text>`,
  ]);
}

function padded(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low || 1) * 0.06;
  return [low === 0 ? 0 : low - margin, high + margin];
}
