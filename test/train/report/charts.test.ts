import { describe, expect, it } from 'vitest';
import { type ChartInput, stageCharts } from '../../../train/report/charts.ts';
import { type Chart, renderChart } from '../../../train/report/render-chart.ts';
import { drawnRows, median, runningMedian, smoothed } from '../../../train/report/smooth.ts';
import { secondsLeft, timeText, trainingTime } from '../../../train/report/training-time.ts';
import { sampleTable, stageFacts } from './sample-history.ts';

function input(rows = 60): ChartInput {
  const { phases, metrics } = stageFacts();
  return { id: 'stage-1', rows: sampleTable(rows).rows, phases, metrics };
}

function hasDots({ option }: Chart): boolean {
  return (option.series as { showSymbol: boolean }[]).every(({ showSymbol }) => showSymbol);
}

describe('charts of a history', () => {
  it('are loss, validation, learning rate and seconds, with what they show in words', () => {
    const charts = stageCharts(input()).map((chart) => ({ ...chart, svg: renderChart(chart) }));
    expect(charts.map(hasDots)).toEqual([false, true, false, false]);
    expect(charts.map(({ id }) => id)).toEqual(['stage-1-loss', 'stage-1-validation', 'stage-1-rate', 'stage-1-time']);
    for (const { svg, title } of charts) {
      expect(svg).toContain(`role="img" aria-label="${title}"`);
      expect(svg.match(/<svg/g)).toHaveLength(1);
      expect(svg).toMatch(/<\/svg>\s*$/);
      expect(svg).toContain('phase 2');
      expect(svg).not.toMatch(/NaN|Infinity|undefined|<style|zr\d/);
    }
    expect(charts[1]?.title).toBe('Validation by step: Dice kidney 0.884, Dice tumour 0.584 at the end');
    expect(charts[1]?.svg).toContain('>Dice tumour</text>');
    expect(charts[2]?.title).toContain('from 1e−3 to 3.3e−5');
  });

  it('have the loss of the validation beside that of the training, not among shares', () => {
    const { rows, metrics, ...rest } = input();
    const lossy = rows.map((row) =>
      'validation_dice_1' in row.metrics ? { ...row, metrics: { ...row.metrics, validation_loss: 1.75 } } : row,
    );
    const named = [{ name: 'validation_loss', title: 'loss of the validation' }, ...metrics];
    const [loss, validation] = stageCharts({ ...rest, rows: lossy, metrics: named }).map(renderChart);
    expect(loss).toContain('>validation</text>');
    expect(validation).not.toContain('loss of the validation');
    expect(stageCharts(input()).map(renderChart)[0]).not.toContain('>validation</text>');
  });

  it('are well-formed: no quote of a font ends an attribute', () => {
    for (const svg of stageCharts(input()).map(renderChart))
      for (const [tag] of svg.matchAll(/<[a-zA-Z][^>]*>/g)) expect(tag).toMatch(/^<[a-zA-Z]+(\s+[\w:-]+="[^"]*")*\s*\/?>$/);
  });

  it('have their lines below a legend of many long names', () => {
    const titles = ['Dice liver', 'Dice tumour', 'IoU liver', 'IoU tumour', 'accuracy with background', 'foreground accuracy'];
    const metrics = titles.map((title, n) => ({ name: `validation_m_${n}`, title }));
    const rows = input().rows.map((row) => ({
      ...row,
      metrics: Object.fromEntries(metrics.map(({ name }, n) => [name, 0.9 - 0.05 * n])),
    }));
    const svg = renderChart(stageCharts({ ...input(), rows, metrics })[1] as Chart);
    const legend = titles.map((title) => Number(new RegExp(`translate\\([\\d.]+ ([\\d.]+)\\)"[^>]*>${title}<`).exec(svg)?.[1]));
    // The clip path of the lines begins where the plot does.
    const top = Number(/<path d="M[\d.]+ ([\d.]+)l/.exec(svg.slice(svg.indexOf('<clipPath')))?.[1]);
    expect(new Set(legend).size).toBeGreaterThan(1);
    expect(Math.max(...legend)).toBeLessThan(top);
  });

  it('are the same text each time, and share no name on a page', () => {
    const [first, second] = [stageCharts(input()).map(renderChart), stageCharts(input()).map(renderChart)];
    expect(second).toEqual(first);
    const names = first.flatMap((svg) => [...svg.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]));
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(0);
  });

  it('of one row, and of a run that was not validated, are drawn', () => {
    const charts = stageCharts(input(1));
    expect(charts.map(({ id }) => id)).toEqual(['stage-1-loss', 'stage-1-rate', 'stage-1-time']);
    for (const chart of charts) expect(renderChart(chart)).not.toMatch(/NaN|Infinity/);
    // A line needs two points: a single one is a dot. (The last row of the sample has no rate.)
    const [first] = input(2).rows;
    const alone = stageCharts({ ...input(), rows: [first as NonNullable<typeof first>] });
    expect(alone.map(hasDots)).toEqual([true, true, true]);
  });

  it('of a very long history stay small', () => {
    const svg = stageCharts(input(6000)).map(renderChart).join('');
    expect(svg.length).toBeLessThan(200_000);
    const places = drawnRows(6001);
    expect([places.length, places.at(-1), new Set(places).size]).toEqual([600, 6000, 600]);
    expect(drawnRows(3)).toEqual([0, 1, 2]);
  });

  it('have titles in which names cannot break the page', () => {
    const [chart] = stageCharts(input());
    expect(renderChart({ ...(chart as NonNullable<typeof chart>), title: 'a "<b>" & c' })).toContain(
      'aria-label="a &quot;&lt;b>&quot; &amp; c"',
    );
  });
});

describe('lines over a history', () => {
  it('smooth a phase without looking into the next', () => {
    expect(smoothed([1, 1, 1, 9, 9, 9], [0, 0, 0, 1, 1, 1], 2, [0, 1, 2, 3, 4, 5])).toEqual([1, 1, 1, 9, 9, 9]);
    // Weights 1 2 3 2 1.
    expect(smoothed([0, 0, 9, 0, 0], [0, 0, 0, 0, 0], 2, [2])).toEqual([3]);
  });

  it('take the middle, not the mean', () => {
    expect(median([3, 1, 100])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(runningMedian([1, 1, 50, 1, 1], 1, [0, 1, 2, 3, 4])).toEqual([1, 1, 1, 1, 1]);
  });

  it('tell the time in steps and the time left', () => {
    expect(
      trainingTime([
        { step: 10, secondsPerStep: 2 },
        { step: 14, secondsPerStep: 1 },
      ]),
    ).toBe(24);
    expect(secondsLeft([1, 1, 1, 60], 100)).toBe(100);
    // What was long ago does not count.
    expect(secondsLeft([...Array(50).fill(9), ...Array(15).fill(2)], 10)).toBe(20);
    expect([0.4, 59.6, 90, 600, 3600, 7384, 86_399, 200_000].map(timeText)).toEqual([
      '0 s',
      '1 min',
      '1 min 30 s',
      '10 min',
      '1 h 0 min',
      '2 h 3 min',
      '1 d 0 h',
      '2 d 8 h',
    ]);
  });
});
