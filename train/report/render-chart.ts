/**
 * Options of a chart → SVG text. The only file that knows ECharts; import it where a page is made, not before: it takes
 * a good part of a second.
 * @module
 */
import { LineChart, type LineSeriesOption } from 'echarts/charts';
import {
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
  MarkLineComponent,
  type MarkLineComponentOption,
  TitleComponent,
  type TitleComponentOption,
} from 'echarts/components';
import { type ComposeOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([LineChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

export type ChartOption = ComposeOption<
  LineSeriesOption | GridComponentOption | LegendComponentOption | MarkLineComponentOption | TitleComponentOption
>;

export interface Chart {
  /** Unique on its page, letters, digits and `-`: parts of the picture are named after it. */
  readonly id: string;
  /** Read out instead of the picture. */
  readonly title: string;
  readonly option: ChartOption;
}

/** Pixels of a chart; the page scales it. */
export const CHART_SIZE = { width: 560, height: 250 } as const;

/** The same chart gives the same text, whatever was drawn before. */
export function renderChart({ id, title, option }: Chart): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...CHART_SIZE });
  try {
    chart.setOption({ animation: false, ...option });
    const svg = chart.renderToSVGString();
    const content = svg
      .slice(svg.indexOf('>') + 1)
      // What a mouse over a part would change; nothing listens on a page without scripts.
      .replace(/<style\s*>[\s\S]*?<\/style>/g, '')
      .replace(/ (class|ecmeta_[a-z_]+|pointer-events)="[^"]*"/g, '')
      // ECharts counts its charts; two pages of one process would differ, and two charts of two processes clash.
      .replace(/\bzr\d+-/g, `${id}-`);
    const label = escapeAttribute(title);
    return `<svg viewBox="0 0 ${CHART_SIZE.width} ${CHART_SIZE.height}" role="img" aria-label="${label}"><title>${label}</title>${content}`;
  } finally {
    chart.dispose();
  }
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
