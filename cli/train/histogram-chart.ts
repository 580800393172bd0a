/**
 * A summary of values → SVG: its histogram, with the middle 90 % and the median marked.
 * @module
 */
import { axisLabel, axisTicks, line, rect, svg, text } from '../../evaluate/report/svg.ts';
import type { ValueSummary } from '../../train/inspect/value-histogram.ts';

const INK = '#1f2d3a';
const MARK = '#b3541e';

/** @param color - Of the bars, `#rrggbb`. */
export function histogramChart(title: string, unit: string, { bins, p5, median, p95 }: ValueSummary, color: string): string {
  const [width, left, right, top, base] = [560, 14, 546, 34, 150];
  const { low, width: binWidth, counts } = bins;
  const high = low + binWidth * counts.length;
  const x = (value: number): number => left + ((value - low) / (high - low)) * (right - left);
  const tallest = Math.max(1, ...counts);
  // Square roots: else air hides all that lies in the patient.
  const heightOf = (count: number): number => Math.sqrt(count / tallest) * (base - top);
  // Label colours are made for outlines on grey: as areas on white they are too loud.
  const fill = `${color}99`;
  const barWidth = (right - left) / counts.length;
  return svg(width, 182, title, [
    text(left, 16, title, 'start', 600),
    text(right, 16, `median ${axisLabel(median)}, 90 % in ${axisLabel(p5)} … ${axisLabel(p95)} ${unit}`, 'end'),
    ...counts.map((count, n) =>
      rect(left + n * barWidth, base - heightOf(count), Math.max(0.5, barWidth - 0.6), heightOf(count), fill),
    ),
    line(left, base, right, base, INK),
    ...axisTicks(low, high).map(
      (tick) => line(x(tick), base, x(tick), base + 4, INK) + text(x(tick), base + 18, axisLabel(tick), 'middle'),
    ),
    rect(x(p5), base - 3, x(p95) - x(p5), 3, MARK),
    line(x(median), top, x(median), base, MARK),
  ]);
}
