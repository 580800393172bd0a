/**
 * A history → its four charts: loss, validation, learning rate, seconds a step.
 * @module
 */
import { type HistoryRecord, VALIDATION_LOSS } from '../run/history.ts';
import type { Chart, ChartOption } from './render-chart.ts';
import { drawnRows, phaseRanges, runningMedian, smoothed, smoothingReach } from './smooth.ts';

const INK = '#1f2d3a';
const FAINT = '#55636f';
const GRID = '#e3e8ed';
/** Quoted singly: it stands in an attribute, and ECharts does not escape it. */
const FONT = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";

/** Readable on white and in print, told apart by the colour-blind too (after Okabe and Ito). */
const LINES = ['#1667a8', '#b3541e', '#1f7a4d', '#7b3f98', '#8a6d00', '#5b6770'] as const;
const RAW = '#b5cde0';

/** Values above the quantile are left out of the scale of seconds a step: one pause would flatten all the rest. */
const TIME_QUANTILE = 0.98;

export interface ChartInput {
  /** Of the stage: unique on the page. */
  readonly id: string;
  readonly rows: readonly HistoryRecord[];
  readonly phases: readonly { readonly steps: number }[];
  readonly metrics: readonly { readonly name: string; readonly title: string }[];
}

/** At least one row. A history without validation has no chart of it. */
export function stageCharts(input: ChartInput): Chart[] {
  const charts = [lossChart(input), validationChart(input), learningRateChart(input), timeChart(input)];
  return charts.filter((chart) => chart !== undefined);
}

function lossChart(input: ChartInput): Chart {
  const { rows } = input;
  const ranges = phaseRanges(input.phases);
  const groups = rows.map(({ step }) => ranges.findIndex(({ last }) => step <= last));
  const values = rows.map(({ loss }) => loss);
  const places = drawnRows(rows.length);
  const line = smoothed(values, groups, smoothingReach(rows.length), places);
  return {
    id: `${input.id}-loss`,
    title: `Loss by step: from ${format(line[0])} to ${format(line.at(-1))}, smoothed`,
    option: {
      ...frame(input, 'Loss'),
      series: [
        { ...plainLine('each row', pair(rows, values), RAW), lineStyle: { width: 1, color: RAW } },
        { ...plainLine('smoothed', pair(at(rows, places), line), LINES[0]), ...phaseMarks(input) },
        ...validationLossLine(rows),
      ],
    },
  };
}

/** Beside the training's own: it has the scale of a loss, not that of a share. Histories of before have none. */
function validationLossLine(rows: readonly HistoryRecord[]) {
  const points = pointsOf(rows, VALIDATION_LOSS);
  return points.length === 0 ? [] : [plainLine('validation', points, LINES[1])];
}

function pointsOf(rows: readonly HistoryRecord[], name: string): number[][] {
  return rows.flatMap((row) => (row.metrics[name] === undefined ? [] : [[row.step, row.metrics[name]]]));
}

function validationChart(input: ChartInput): Chart | undefined {
  const { rows, metrics } = input;
  const drawn = metrics.flatMap(({ name, title }) => {
    const points = name === VALIDATION_LOSS ? [] : pointsOf(rows, name);
    return points.length === 0 ? [] : [{ title, points }];
  });
  if (drawn.length === 0) return undefined;
  const marks = phaseMarks(input);
  return {
    id: `${input.id}-validation`,
    title: `Validation by step: ${drawn.map(({ title, points }) => `${title} ${format(points.at(-1)?.[1])}`).join(', ')} at the end`,
    option: {
      ...frame(
        input,
        'Validation',
        drawn.map(({ title }) => title),
      ),
      yAxis: { ...valueAxis(), scale: true, minInterval: 0.01 },
      series: drawn.map(({ title, points }, n) => ({
        ...plainLine(title, points, LINES[n % LINES.length] as string),
        showSymbol: points.length <= 60,
        ...(n === 0 ? marks : {}),
      })),
    },
  };
}

function learningRateChart(input: ChartInput): Chart {
  // A logarithm has no place for the 0 that a schedule may end with.
  const points = input.rows.flatMap(({ step, learningRate }) => (learningRate > 0 ? [[step, learningRate]] : []));
  return {
    id: `${input.id}-rate`,
    title: `Learning rate by step, logarithmic: from ${power(points[0]?.[1])} to ${power(points.at(-1)?.[1])}`,
    option: {
      ...frame(input, 'Learning rate (logarithmic)'),
      legend: { show: false },
      yAxis: { ...valueAxis(), type: 'log', axisLabel: { ...LABEL, formatter: (value: number) => power(value) } },
      series: [{ ...plainLine('learning rate', points, LINES[2]), ...phaseMarks(input) }],
    },
  };
}

function timeChart(input: ChartInput): Chart {
  const { rows } = input;
  const seconds = rows.map(({ secondsPerStep }) => secondsPerStep);
  const places = drawnRows(rows.length);
  const line = runningMedian(seconds, smoothingReach(rows.length), places);
  const highest = [...seconds].sort((a, b) => a - b)[Math.floor((seconds.length - 1) * TIME_QUANTILE)] as number;
  return {
    id: `${input.id}-time`,
    title: `Seconds a step: running median from ${format(line[0])} to ${format(line.at(-1))}`,
    option: {
      ...frame(input, 'Seconds a step'),
      yAxis: { ...valueAxis(), max: roundUp(highest) },
      series: [
        { ...plainLine('each row', pair(rows, seconds), RAW), lineStyle: { width: 1, color: RAW } },
        { ...plainLine('running median', pair(at(rows, places), line), LINES[3]), ...phaseMarks(input) },
      ],
    },
  };
}

const LABEL = { color: FAINT, fontSize: 11, fontFamily: FONT } as const;

function valueAxis(): { readonly type: 'value'; readonly axisLabel: typeof LABEL; readonly splitLine: object } {
  return { type: 'value', axisLabel: LABEL, splitLine: { lineStyle: { color: GRID } } };
}

/** Pixels: of a legend, between its entries (room for fonts wider than ECharts reckons with), of an entry, of a line; as it draws them. */
const LEGEND = { width: 410, gap: 30, mark: 18, pad: 5, letter: 5, line: 36 } as const;

/** Lines that a legend of these names takes. */
function legendLines(names: readonly string[]): number {
  let [lines, used] = [1, 0];
  for (const name of names) {
    const width = LEGEND.mark + LEGEND.pad + LEGEND.letter * name.length;
    if (used > 0 && used + width > LEGEND.width) [lines, used] = [lines + 1, 0];
    used += width + LEGEND.gap;
  }
  return lines;
}

/** Title on the left, legend on the right, steps along the bottom. @param names - In the legend, where they may take more than a line. */
function frame({ rows }: ChartInput, name: string, names: readonly string[] = []): ChartOption {
  const below = (legendLines(names) - 1) * LEGEND.line;
  return {
    textStyle: { fontFamily: FONT, color: INK },
    grid: { left: 8, right: 14, top: 46 + below, bottom: 26, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    legend: {
      top: 0,
      right: 40,
      width: LEGEND.width,
      itemGap: LEGEND.gap,
      itemWidth: LEGEND.mark,
      itemHeight: 2,
      icon: 'rect',
      textStyle: { ...LABEL, fontFamily: FONT },
    },
    xAxis: {
      type: 'value',
      name: 'step',
      nameLocation: 'middle',
      nameGap: 24,
      nameTextStyle: LABEL,
      min: 0,
      max: rows.at(-1)?.step ?? 1,
      axisLabel: { ...LABEL, hideOverlap: true },
      axisLine: { lineStyle: { color: INK } },
      axisTick: { show: false },
      splitLine: { show: false },
    },
    yAxis: valueAxis(),
    title: { text: name, left: 8, top: 0, textStyle: { color: INK, fontSize: 13, fontWeight: 600, fontFamily: FONT } },
  };
}

function plainLine(name: string, data: readonly (readonly number[])[], color: string) {
  return {
    type: 'line' as const,
    name,
    data: data.map((point) => [...point]),
    // One row alone makes no line.
    showSymbol: data.length === 1,
    symbol: 'circle',
    symbolSize: 5,
    silent: true,
    itemStyle: { color },
    lineStyle: { width: 1.8, color },
    // A long history has more rows than the picture has pixels.
    sampling: 'lttb' as const,
  };
}

/** A dashed line where a phase ends and the next begins. */
function phaseMarks({ phases, rows }: ChartInput) {
  const last = rows.at(-1)?.step ?? 0;
  const borders = phaseRanges(phases)
    .slice(1)
    .filter(({ first }) => first < last);
  return {
    markLine: {
      symbol: 'none',
      silent: true,
      lineStyle: { color: FAINT, type: 'dashed' as const, width: 1 },
      label: { formatter: '{b}', color: FAINT, fontSize: 10, fontFamily: FONT },
      data: borders.map(({ first }, n) => ({ name: `phase ${n + 2}`, xAxis: first })),
    },
  };
}

function pair(rows: readonly HistoryRecord[], values: readonly number[]): number[][] {
  return rows.map(({ step }, n) => [step, values[n] as number]);
}

function at(rows: readonly HistoryRecord[], places: readonly number[]): HistoryRecord[] {
  return places.map((n) => rows[n] as HistoryRecord);
}

function roundUp(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value || 1));
  return (Math.ceil((value / unit) * 2) / 2) * unit;
}

function format(value: number | undefined): string {
  return value === undefined ? '–' : Number(value.toPrecision(3)).toString();
}

function power(value: number | undefined): string {
  return value === undefined ? '–' : Number(value.toPrecision(2)).toExponential().replace('e-', 'e−').replace('e+', 'e');
}
