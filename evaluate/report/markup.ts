/**
 * Texts and numbers → HTML. Everything that comes from outside passes through {@link escapeHtml}.
 * @module
 */
import { type MetricKey, metricOf } from '../metric-table.ts';

/** Text → HTML, safe in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** What stands where a number does not exist. */
const NONE = '–';

/** A score as it is read: shares with three decimals, distances and volumes with one. */
export function formatScore(key: MetricKey, value: number | null | undefined): string {
  return formatNumber(value, metricOf(key).unit === '' ? 3 : 1);
}

export function formatNumber(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined) return NONE;
  // A typographic minus; no “-0.000”.
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}

export function formatSigned(value: number | null | undefined, decimals: number): string {
  const text = formatNumber(value, decimals);
  return value !== null && value !== undefined && Number(value.toFixed(decimals)) > 0 ? `+${text}` : text;
}

export function formatP(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

export interface Column {
  readonly title: string;
  /** Numbers stand right. */
  readonly isText?: boolean;
}

/** Texts are escaped; `html` is taken as it is; `sort` is what a click on the head sorts by. */
export type Cell = string | { readonly html: string; readonly sort?: number | string };

/** A table; with `isSortable`, a click on its head sorts it where scripts run. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], isSortable?: 'sortable'): string {
  const align = (n: number): string => (columns[n]?.isText ? ' class="text"' : '');
  const head = columns.map(({ title }, n) => `<th scope="col"${align(n)}>${escapeHtml(title)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell, n) => td(cell, align(n))).join('')}</tr>`).join('\n');
  return `<div class="scroll"><table${isSortable ? ' class="sortable"' : ''}><thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></div>`;
}

function td(cell: Cell, align: string): string {
  if (typeof cell === 'string') return `<td${align}>${escapeHtml(cell)}</td>`;
  const sort = cell.sort === undefined ? '' : ` data-sort="${escapeHtml(String(cell.sort))}"`;
  return `<td${align}${sort}>${cell.html}</td>`;
}
