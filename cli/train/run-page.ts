/**
 * Histories and pictures of a training run → `report.html`: one page that loads nothing and runs no script but that which
 * sorts its tables.
 * @module
 */
import { escapeHtml, formatNumber, table } from '../../evaluate/report/markup.ts';
import { SCRIPT, STYLE } from '../../evaluate/report/style.ts';
import { bestRow, type HistoryDocument } from '../../train/report/history-document.ts';
import { stepsOf, timeText, trainingTime } from '../../train/report/training-time.ts';

/** A stage as the page shows it. */
export interface PageStage {
  readonly document: HistoryDocument;
  /** SVG texts. */
  readonly charts: readonly string[];
  /** Absent before pictures were drawn. */
  readonly pictures?: PagePictures;
}

export interface PagePictures {
  /** How the slices were chosen, of which weights. */
  readonly note: string;
  /** What the colours mean. */
  readonly labels: readonly { readonly name: string; readonly color: string }[];
  readonly pictures: readonly PagePicture[];
}

export interface PagePicture {
  readonly title: string;
  /** Name of the case, for who has the data: the page does not show it. */
  readonly case: string;
  readonly caption: string;
  /** Input, prediction and truth side by side. */
  readonly jpegBase64: string;
}

/** Beyond the look of the house: pictures are three times as wide as they are high. */
const OWN_STYLE = `
.charts > div { break-inside: avoid; }
.gallery { grid-template-columns: repeat(auto-fill, minmax(440px, 1fr)); }
.three { display: grid; grid-template-columns: 1fr 1fr 1fr; text-align: center; font-size: 11.5px; color: #55636f; }
.swatch { display: inline-block; width: 11px; height: 11px; vertical-align: -1px; margin: 0 4px 0 10px; border: 1px solid #55636f; }
.best td { background: #e8f3ec; }
@media print { .gallery { grid-template-columns: 1fr 1fr; } }
`;

/** @param stages - At least one, in the order of the recipe. */
export function runPage(stages: readonly PageStage[], software: string): string {
  const [first] = stages as readonly [PageStage, ...PageStage[]];
  const { recipe, seed } = first.document;
  const updated = stages.map(({ document }) => document.updatedAt).sort();
  const subject = `${recipe.name} ${recipe.version}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Training – ${escapeHtml(subject)}</title><style>${STYLE}${OWN_STYLE}</style></head><body>
<header><h1>Training: ${escapeHtml(subject)}</h1>
<div class="note">${escapeHtml(dateText(updated.at(-1) ?? first.document.updatedAt))} · ${escapeHtml(software)} · seed ${seed} · Not a medical device.</div></header>
${[verdict(stages), trainedSection(stages), ...stages.map(stageSection)].join('\n')}
<script>${SCRIPT}</script></body></html>
`;
}

function verdict(stages: readonly PageStage[]): string {
  const box = (name: string, value: string): string => `<div><b>${escapeHtml(value)}</b>${escapeHtml(name)}</div>`;
  const boxes = stages.flatMap(({ document }) => {
    const { done, total } = stepsOf(document);
    const best = bestRow(document);
    return [
      box(`${document.stage.name}: steps of ${total}`, String(done)),
      ...selectingMetrics(document).map(({ name, title }) =>
        box(`${document.stage.name}: best ${title}`, formatNumber(best?.metrics[name], 3)),
      ),
    ];
  });
  return `<div class="verdict">${boxes.join('')}</div>`;
}

function trainedSection(stages: readonly PageStage[]): string {
  const facts: readonly (readonly [string, (document: HistoryDocument) => string])[] = [
    ['Network', ({ stage }) => `${stage.network}, ${stage.parameters.toLocaleString('en')} parameters`],
    ['Training data', ({ data }) => sideText(data.train)],
    ['Validation data', ({ data }) => sideText(data.validation)],
    ['Data are', ({ data }) => data.description],
    ['Phases', ({ phases }) => phases.map(phaseText).join('; ')],
    ['Starts', ({ starts }) => starts.map(startText).join('; ')],
    ['Time in steps', (document) => timeText(trainingTime(document.rows))],
    ['Weights kept', (document) => bestText(document)],
  ];
  const columns = [{ title: '', isText: true }, ...stages.map(({ document }) => ({ title: document.stage.name, isText: true }))];
  const rows = facts.map(([name, textOf]) => [
    { html: `<b>${escapeHtml(name)}</b>` },
    ...stages.map(({ document }) => textOf(document)),
  ]);
  return `<h2>What was trained</h2>${table(columns, rows)}`;
}

function stageSection(stage: PageStage): string {
  const { document, charts, pictures } = stage;
  return [
    `<h2>Stage ${escapeHtml(document.stage.name)}</h2>`,
    charts.length === 0
      ? '<p class="note">No row of the history has been written yet.</p>'
      : `<p class="note">Dashed lines: a new phase, with another loss or learning rate. The smoothed line is a weighted mean of near rows of the same phase; seconds a step leave validation out.</p><div class="charts">${charts.map((svg) => `<div>${svg}</div>`).join('\n')}</div>`,
    picturesSection(pictures),
    validationSection(document),
  ].join('\n');
}

function picturesSection(pictures: PagePictures | undefined): string {
  if (!pictures || pictures.pictures.length === 0) return '';
  const key = pictures.labels.map(
    ({ name, color }) => `<span class="swatch" style="background:${escapeHtml(color)}"></span>${escapeHtml(name)}`,
  );
  const figures = pictures.pictures.map(
    ({ title, caption, jpegBase64 }) =>
      `<figure><img alt="Input, prediction and truth: ${escapeHtml(title)}" src="data:image/jpeg;base64,${jpegBase64}"><div class="three"><span>input</span><span>prediction</span><span>truth</span></div><figcaption><b>${escapeHtml(title)}</b><br><span class="small">${escapeHtml(caption)}</span></figcaption></figure>`,
  );
  return `<h3>Input, prediction, truth</h3><p class="note">${escapeHtml(pictures.note)} ${key.join('')}</p><div class="gallery">${figures.join('\n')}</div>`;
}

function validationSection(document: HistoryDocument): string {
  const rows = document.rows.filter(({ metrics }) => Object.keys(metrics).length > 0);
  if (rows.length === 0) return '<p class="note">It has not been validated yet.</p>';
  const best = bestRow(document);
  const columns = ['Step', 'Loss', 'Learning rate', ...document.metrics.map(({ title }) => title)].map((title) => ({ title }));
  const cells = rows.map((row) =>
    [
      { text: String(row.step), sort: row.step },
      { text: formatNumber(row.loss, 4), sort: row.loss },
      { text: row.learningRate.toExponential(2), sort: row.learningRate },
      ...document.metrics.map(({ name }) => ({ text: formatNumber(row.metrics[name], 4), sort: row.metrics[name] ?? '' })),
    ].map(({ text, sort }) => ({ html: row === best ? `<b>${text}</b>` : text, sort })),
  );
  return `<h3>Validation</h3><p class="note">The best row is bold: its weights were kept. A click on a heading sorts. All rows stand in <code>history.csv</code> and <code>history.json</code>.</p>${table(columns, cells, 'sortable')}`;
}

function selectingMetrics({ metrics }: HistoryDocument): HistoryDocument['metrics'] {
  return metrics.filter(({ selects }) => selects !== undefined);
}

function bestText(document: HistoryDocument): string {
  const best = bestRow(document);
  if (!best) return 'none yet';
  const values = selectingMetrics(document).map(({ name, title }) => `${title} ${formatNumber(best.metrics[name], 4)}`);
  return `those of step ${best.step}: ${values.join(', ')}`;
}

function sideText({ cases, slices }: { readonly cases: number; readonly slices: number }): string {
  const ofSlices = slices === 1 ? 'slice' : 'slices';
  return `${cases} ${cases === 1 ? 'case' : 'cases'}, ${slices.toLocaleString('en')} ${ofSlices}`;
}

function phaseText({ steps, batchSize, learningRate: [first, last] }: HistoryDocument['phases'][number]): string {
  // A cosine does not end on round numbers.
  const text = (rate: number): string => Number(rate.toPrecision(3)).toExponential();
  return `${steps} steps of ${batchSize}, ${text(first)} to ${text(last)}`;
}

function startText({ step, at, backend }: HistoryDocument['starts'][number]): string {
  return `${step === 0 ? '' : `went on at step ${step}, `}${dateText(at)}, on ${backend}`;
}

/** ISO 8601 → `2026-01-31 12:34 UTC`. */
function dateText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
