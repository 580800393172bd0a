/**
 * An inspection → `inspection.html`: one page that loads nothing, with nothing of a patient on it.
 * @module
 */
import type { LabelTable } from '../../core/label-table.ts';
import { type Cell, escapeHtml, formatNumber, table } from '../../evaluate/report/markup.ts';
import { SCRIPT, STYLE } from '../../evaluate/report/style.ts';
import type { Inspection, Spread } from '../../train/inspect/inspection.ts';
import { histogramChart } from './histogram-chart.ts';

/** A slice of a case. */
export interface InspectionPicture {
  /** Of the case. */
  readonly number: number;
  readonly caption: string;
  readonly jpegBase64: string;
}

export interface PageInput {
  readonly inspection: Inspection;
  readonly pictures: readonly InspectionPicture[];
  readonly labels: LabelTable;
  readonly madeWith: string;
}

const BACKGROUND_COLOR = '#8fb3cd';

export function inspectionPage({ inspection, pictures, labels, madeWith }: PageInput): string {
  const title = `First look at the training data of ${inspection.recipe}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>
<header><h1>${escapeHtml(title)}</h1>
<div class="note">${escapeHtml(madeWith)} · layout: ${escapeHtml([...new Set(inspection.layouts)].join(', '))} · Cases are numbered; <code>cases.json</code> says which is which.</div></header>
${[
  verdict(inspection),
  leftOutSection(inspection),
  labelSection(inspection),
  pictureSection(inspection, pictures, labels),
  histogramSection(inspection, labels),
  gridSection(inspection),
  caseSection(inspection),
].join('\n')}
<script>${SCRIPT}</script></body></html>
`;
}

function verdict({ cases, leftOut, labels, matrices }: Inspection): string {
  const box = (name: string, value: string, mood = ''): string =>
    `<div class="${mood}"><b>${escapeHtml(value)}</b>${escapeHtml(name)}</div>`;
  const slices = cases.reduce((sum, own) => sum + own.slices, 0);
  return `<div class="verdict">${[
    box('usable cases', String(cases.length), cases.length > 0 ? 'good' : 'bad'),
    box('left out', String(leftOut.length), leftOut.length > 0 ? 'bad' : 'good'),
    box('slices', String(slices)),
    box(
      matrices.length === 1 ? 'matrix' : 'matrices',
      matrices.length === 1 ? sizeText(matrices[0]?.sizePixels) : String(matrices.length),
    ),
    ...labels
      .filter(({ index }) => index > 0)
      .map((own) => box(`cases show ${own.name}`, String(own.cases), own.cases === 0 ? 'bad' : '')),
  ].join('')}</div>`;
}

function leftOutSection({ leftOut }: Inspection): string {
  if (leftOut.length === 0) return '';
  const columns = [{ title: 'Case' }, { title: 'Code', isText: true }, { title: 'Reason', isText: true }];
  const rows = leftOut.map(({ number, code, message }): Cell[] => [{ html: String(number), sort: number }, code, message]);
  return `<h2>Left out</h2><div class="failures"><p class="note">Training leaves these cases out, too. They are in no figure below.</p>${table(columns, rows, 'sortable')}</div>`;
}

function labelSection({ labels }: Inspection): string {
  const columns = [
    { title: 'Label', isText: true },
    ...['Cases', 'Slices', 'Voxels', 'Share', 'Mean, ml', 'Median, ml', 'Lowest, ml', 'Highest, ml'].map((title) => ({ title })),
  ];
  const rows = labels.map((own): Cell[] => [
    `${own.index} ${own.name}`,
    String(own.cases),
    String(own.slices),
    own.voxels.toLocaleString('en'),
    `${formatNumber(100 * own.share, 3)} %`,
    ...spreadCells(own.volumeMl, 1),
  ]);
  return `<h2>Labels</h2><p class="note">Volumes are over the cases that show the label.</p>${table(columns, rows)}`;
}

function spreadCells(spread: Spread | undefined, decimals: number): string[] {
  return [spread?.mean, spread?.median, spread?.minimum, spread?.maximum].map((value) => formatNumber(value, decimals));
}

function pictureSection({ unit }: Inspection, pictures: readonly InspectionPicture[], labels: LabelTable): string {
  const keys = labels
    .map(({ name, color }) => `<span class="key" style="border-color:${color}"></span>${escapeHtml(name)}`)
    .join(' &nbsp; ');
  const figures = pictures.map(
    ({ number, caption, jpegBase64 }) =>
      `<figure><img alt="Slice of case ${number} with its masks" src="data:image/jpeg;base64,${jpegBase64}"><figcaption><b>Case ${number}</b><br><span class="small">${escapeHtml(caption)}</span></figcaption></figure>`,
  );
  const place =
    unit === 'HU'
      ? 'Soft-tissue window, patient’s right on the left.'
      : 'As stored, first channel; where these slices lie in a patient is not known.';
  return `<h2>Pictures</h2><p class="note">Of each case shown, the slice with most of its highest label. ${keys}. ${place} A mask that does not sit on its organ is a reason not to train.</p><div class="gallery">${figures.join('\n')}</div>`;
}

function histogramSection({ values, labels, unit }: Inspection, table: LabelTable): string {
  const colorOf = (index: number): string => table.find((label) => label.index === index)?.color ?? BACKGROUND_COLOR;
  const charts = [
    ...(values ? [histogramChart('all voxels', unit, values, BACKGROUND_COLOR)] : []),
    ...labels.flatMap(({ index, name, values: own }) => (own ? [histogramChart(name, unit, own, colorOf(index))] : [])),
  ];
  return `<h2>Histograms</h2><p class="note">Each from its 0.5 % to its 99.5 % quantile; what lies outside is in the outer bars. Heights are square roots of counts. The brown line is the median, the brown bar at the foot holds the middle 90 %.</p><div class="charts">${charts.join('\n')}</div>`;
}

function gridSection({ matrices, slices, pixelMm, sliceStepMm }: Inspection): string {
  const text = (title: string): { title: string; isText: true } => ({ title, isText: true });
  const spread = (name: string, own: Spread | undefined, decimals: number): Cell[][] =>
    own ? [[name, ...spreadCells(own, decimals)]] : [];
  const columns = [text('Over cases'), ...['Mean', 'Median', 'Lowest', 'Highest'].map((title) => ({ title }))];
  const rows = [
    ...spread('Slices', slices, 0),
    ...spread('Pixel, mm', pixelMm, 3),
    ...spread('Slice distance, mm', sliceStepMm, 3),
  ];
  const matrixRows = matrices.map(({ sizePixels, cases }): Cell[] => [sizeText(sizePixels), String(cases)]);
  return `<h2>Grids</h2>${table(columns, rows)}<h3>Matrices</h3><p class="note">Slices of another matrix than the recipe’s are resized to it, as the runtime does: HU linearly, labels to the nearest.</p>${table([text('Columns × rows'), { title: 'Cases' }], matrixRows)}`;
}

function caseSection({ cases, labels, unit }: Inspection): string {
  const names = labels.filter(({ index }) => index > 0);
  const columns = ['Case', 'Slices', 'Columns × rows', 'Pixel, mm', 'Step, mm', `Lowest, ${unit}`, `Highest, ${unit}`].map(
    (title) => ({ title }),
  );
  const number = (value: number, decimals = 0): Cell => ({ html: formatNumber(value, decimals), sort: value });
  const rows = cases.map((own): Cell[] => [
    number(own.number),
    number(own.slices),
    sizeText(own.sizePixels),
    own.spacingMm ? number(own.spacingMm[0], 3) : '–',
    own.spacingMm ? number(own.spacingMm[2], 3) : '–',
    number(own.lowest, unit === 'HU' ? 0 : 3),
    number(own.highest, unit === 'HU' ? 0 : 3),
    ...names.map(({ index }): Cell => {
      const voxels = own.labelVoxels[index] ?? 0;
      return { html: voxels.toLocaleString('en'), sort: voxels };
    }),
  ]);
  return `<h2>All cases</h2><p class="note">A click on a heading sorts.</p>${table([...columns, ...names.map(({ name }) => ({ title: `${name}, voxels` }))], rows, 'sortable')}`;
}

function sizeText(size: readonly [number, number] | undefined): string {
  return size ? size.join(' × ') : '–';
}
