/**
 * A run → `report.html`: one page that loads nothing.
 * @module
 */
import { METRICS } from '../metric-table.ts';
import type { RunManifest } from '../run-manifest.ts';
import type { RegionSummary, ScoresDocument } from '../score-document.ts';
import { blandAltmanPlot, distributionStrip } from './charts.ts';
import { comparisonSection, gateSection, perturbationSection } from './decisions.ts';
import { type Cell, escapeHtml, formatNumber, formatScore, formatSigned, table } from './markup.ts';
import { SCRIPT, STYLE } from './style.ts';

/** A picture of the gallery. */
export interface GalleryPicture {
  readonly name: string;
  readonly region: string;
  readonly dice: number | null;
  /** Where the slice lies and what it shows. */
  readonly caption: string;
  readonly jpegBase64: string;
}

/** Outlines of the pictures, as CSS colours; both together are drawn white. */
export const OUTLINE_COLORS = { truth: '#00c8ff', prediction: '#ff8c00', both: '#ffffff' } as const;

/** Cases below this Dice are marked in the table. */
const LOW_DICE = 0.7;

/** Scores of the summary table; the rest stand in CSV and JSON. */
const SUMMARY_KEYS = ['dice', 'iou', 'precision', 'recall', 'surfaceDice', 'hd95Mm', 'assdMm', 'rvd'] as const;

export interface ReportInput {
  readonly scores: ScoresDocument;
  readonly run: RunManifest;
  readonly gallery: readonly GalleryPicture[];
}

export function reportPage({ scores, run, gallery }: ReportInput): string {
  const { prediction } = run;
  const subject = prediction.kind === 'bundle' ? `${prediction.name} ${prediction.version}` : 'Masks made elsewhere';
  const sections = [
    verdict(scores),
    gateSection(scores.gate),
    failuresSection(scores),
    summarySection(scores),
    comparisonSection(scores.comparison),
    perturbationSection(scores.perturbations),
    gallerySection(gallery),
    distributionSection(scores),
    volumeSection(scores),
    lesionSection(scores),
    casesSection(scores),
    manifestSection(run),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Batch QA – ${escapeHtml(subject)}</title><style>${STYLE}</style></head><body>
<header><h1>Batch QA: ${escapeHtml(subject)}</h1>
<div class="note">${escapeHtml(run.createdAt.slice(0, 10))} · voxwatch ${escapeHtml(run.software.version)} · definitions: ${escapeHtml(scores.definitions)} · run <code>${escapeHtml(scores.runSha256.slice(0, 12))}</code> · Not a medical device.</div></header>
${sections.filter((section) => section !== '').join('\n')}
<script>${SCRIPT}</script></body></html>
`;
}

function verdict({ cases, failures, summary, gate }: ScoresDocument): string {
  const box = (name: string, value: string, mood: string): string =>
    `<div class="${mood}"><b>${escapeHtml(value)}</b>${escapeHtml(name)}</div>`;
  const warned = cases.filter(({ findings }) => findings.some(({ severity }) => severity !== 'info')).length;
  return `<div class="verdict">${[
    gate ? box('gate', gate.passed ? 'passed' : 'failed', gate.passed ? 'good' : 'bad') : '',
    box('cases scored', String(cases.length), ''),
    box('not scored', String(failures.length), failures.length > 0 ? 'bad' : 'good'),
    warned > 0 ? box('with a warning', String(warned), 'bad') : '',
    ...summary.map(({ region, metrics }) => box(`mean Dice, ${region}`, formatScore('dice', metrics.dice.mean), '')),
  ].join('')}</div>`;
}

function failuresSection({ failures, cases }: ScoresDocument): string {
  const warnings = cases.flatMap(({ name, findings }) =>
    findings.filter(({ severity }) => severity !== 'info').map(({ code, message }) => [name, code, message]),
  );
  if (failures.length + warnings.length === 0) return '';
  const columns = ['Case', 'Code', 'Reason'].map((title) => ({ title, isText: true }));
  const failed = failures.map(({ name, code, message }) => [name, code, message]);
  return [
    failed.length > 0
      ? `<h2>Not scored</h2><div class="failures"><p class="note">These cases have no score at all. They are in no mean below: a failure is not a low score.</p>${table(columns, failed)}</div>`
      : '',
    warnings.length > 0 ? `<h2>Scored, with a warning</h2>${table(columns, warnings)}` : '',
  ].join('');
}

function summarySection({ summary }: ScoresDocument): string {
  const metrics = METRICS.filter(({ key }) => (SUMMARY_KEYS as readonly string[]).includes(key));
  const columns = [
    { title: 'Region', isText: true },
    { title: 'Score', isText: true },
    ...['Mean', '95 % interval', 'Median', 'Quartiles', 'Lowest', 'Highest', 'Cases', 'Undefined', 'Pooled'].map((title) => ({
      title,
    })),
  ];
  const rows = summary.flatMap((own) =>
    metrics.map(({ key, title, unit }, n): Cell[] => {
      const value = own.metrics[key];
      const range = (low?: number, high?: number): string =>
        low === undefined ? '–' : `${formatScore(key, low)} … ${formatScore(key, high)}`;
      return [
        n === 0 ? { html: `<b>${escapeHtml(own.region)}</b>` } : '',
        unit ? `${title}, ${unit}` : title,
        { html: `<b>${formatScore(key, value.mean)}</b>` },
        range(value.interval?.lower, value.interval?.upper),
        formatScore(key, value.median),
        range(value.lowerQuartile, value.upperQuartile),
        formatScore(key, value.minimum),
        formatScore(key, value.maximum),
        String(value.cases),
        value.undefinedCases > 0 ? String(value.undefinedCases) : '',
        key === 'dice' || key === 'iou' ? formatScore(key, own.pooled[key]) : '',
      ];
    }),
  );
  return `<h2>Summary</h2><p class="note">Mean over cases with its 95 % interval: bias-corrected and accelerated bootstrap over cases, 10,000 seeded resamples. A distance does not exist where a mask is empty: such cases are counted under “undefined” and left out of the mean. Pooled: all voxels of all cases as one.</p>${table(columns, rows)}`;
}

function gallerySection(gallery: readonly GalleryPicture[]): string {
  if (gallery.length === 0) return '';
  const key = (name: keyof typeof OUTLINE_COLORS, words: string, color: string = OUTLINE_COLORS[name]): string =>
    `<span class="key" style="border-color:${color}"></span>${words}`;
  const figures = gallery.map(
    ({ name, region, dice, caption, jpegBase64 }) =>
      `<figure><img alt="Truth and prediction of ${escapeHtml(region)}, case ${escapeHtml(name)}" src="data:image/jpeg;base64,${jpegBase64}"><figcaption><b>${escapeHtml(name)}</b> · ${escapeHtml(region)} · Dice ${formatScore('dice', dice)}<br><span class="small">${escapeHtml(caption)}</span></figcaption></figure>`,
  );
  return `<h2>Lowest cases</h2><p class="note">The cases with the lowest Dice in any region; of each, the axial slice with the most wrong voxels, cut to what is labelled. ${key('truth', 'truth')} &nbsp; ${key('prediction', 'prediction')} &nbsp; ${key('both', 'both (white in the picture)', '#9aa7b2')}. Patient’s right on the left.</p><div class="gallery">${figures.join('\n')}</div>`;
}

function distributionSection({ cases, summary }: ScoresDocument): string {
  const strips = summary.flatMap(({ region, metrics }) =>
    (['dice', 'hd95Mm'] as const).flatMap((key) => {
      const values = cases.flatMap((entry) => {
        const value = entry.regions.find((own) => own.region === region)?.values[key];
        return value === null || value === undefined ? [] : [{ name: entry.name, value }];
      });
      const range: readonly [number, number] = key === 'dice' ? [0, 1] : [0, Math.max(1, metrics[key].maximum ?? 1)];
      const title = key === 'dice' ? `Dice, ${region}` : `HD95 in mm, ${region}`;
      return values.length === 0 ? [] : [distributionStrip(title, values, range)];
    }),
  );
  return `<h2>Distributions</h2><p class="note">Bars: number of cases. Points: cases. Box: quartiles and median; its line reaches from the lowest to the highest case.</p><div class="charts">${strips.join('\n')}</div>`;
}

function volumeSection({ cases, summary }: ScoresDocument): string {
  const plots = summary.flatMap(({ region, volume }) => {
    const points = cases.flatMap(({ name, regions }) =>
      regions.filter((own) => own.region === region).map((own) => ({ name, ...own })),
    );
    return volume ? [blandAltmanPlot(`Volume, ${region}`, points, volume)] : [];
  });
  const rows = summary.flatMap(({ region, volume }): Cell[][] =>
    volume
      ? [
          [
            region,
            String(volume.cases),
            formatSigned(volume.biasMl, 1),
            formatSigned(volume.limitsMl?.lower, 1),
            formatSigned(volume.limitsMl?.upper, 1),
          ],
        ]
      : [],
  );
  const columns = [
    { title: 'Region', isText: true },
    { title: 'Cases' },
    { title: 'Bias, ml' },
    { title: 'Lower limit, ml' },
    { title: 'Upper limit, ml' },
  ];
  return `<h2>Volume agreement</h2><p class="note">Bland–Altman: predicted minus true volume over the mean of both. Dashed: bias ± 1.96 standard deviations, within which 95 % of differences lie if they are normal.</p>${table(columns, rows)}<div class="charts">${plots.join('\n')}</div>`;
}

function lesionSection({ summary }: ScoresDocument): string {
  const counted = summary.filter(
    (own): own is RegionSummary & { lesions: NonNullable<RegionSummary['lesions']> } => own.lesions !== undefined,
  );
  if (counted.length === 0) return '';
  const text = (title: string): { title: string; isText: true } => ({ title, isText: true });
  return `<h2>Lesion detection</h2><p class="note">Lesions are connected parts of the region (26 neighbours). One is detected when it matches a predicted one with that share of overlap (intersection over union).</p>${counted
    .map(({ region, lesions }) => {
      const overall = lesions.detection.map((own): Cell[] => [
        `${Math.round(own.overlapThreshold * 100)} %`,
        ...[own.truthCount, own.predictedCount, own.matched].map(String),
        ...[own.precision, own.recall, own.f1].map((value) => formatNumber(value, 3)),
      ]);
      const share = (detected: number, of: number): string =>
        of === 0 ? '–' : `${detected} (${Math.round((100 * detected) / of)} %)`;
      const bySize = lesions.bySize.map((own): Cell[] => [
        own.size,
        String(own.lesions),
        share(own.detectedAt10, own.lesions),
        share(own.detectedAt50, own.lesions),
      ]);
      return `<h3>${escapeHtml(region)}: ${lesions.falsePositives} false at 10 % overlap</h3>${table([text('Overlap'), ...['True lesions', 'Predicted', 'Matched', 'Precision', 'Recall', 'F1'].map((title) => ({ title }))], overall)}${table([text('Longest axial diameter'), { title: 'True lesions' }, { title: 'Detected at 10 %' }, { title: 'Detected at 50 %' }], bySize)}`;
    })
    .join('')}`;
}

function casesSection({ cases }: ScoresDocument): string {
  const metrics = METRICS.filter(({ key }) => !['f1', 'voe', 'absoluteRvd'].includes(key));
  const columns = [
    { title: 'Case', isText: true },
    { title: 'Region', isText: true },
    ...metrics.map(({ title, unit }) => ({ title: unit ? `${title}, ${unit}` : title })),
    { title: 'Truth, ml' },
    { title: 'Predicted, ml' },
  ];
  const rows = cases.flatMap(({ name, regions }) =>
    regions.map(({ region, values, truthMl, predictedMl }): Cell[] => [
      name,
      region,
      ...metrics.map(({ key }): Cell => {
        const value = values[key];
        const text = formatScore(key, value);
        const isLow = key === 'dice' && value !== null && value < LOW_DICE;
        return { html: isLow ? `<span class="low">${text}</span>` : text, sort: value ?? '' };
      }),
      { html: formatNumber(truthMl, 1), sort: truthMl },
      { html: formatNumber(predictedMl, 1), sort: predictedMl },
    ]),
  );
  return `<h2>All cases</h2><p class="note">A click on a heading sorts. Dice below ${LOW_DICE} is shaded; – means that the score does not exist for these masks. F1 equals Dice, VOE is 1 − IoU: both stand in <code>scores.csv</code>.</p>${table(columns, rows, 'sortable')}`;
}

function manifestSection({ prediction, data, options, software, createdAt, runSha256 }: RunManifest): string {
  const source =
    prediction.kind === 'bundle'
      ? `bundle ${prediction.name} ${prediction.version}, manifest sha256 ${prediction.manifestSha256}, provider ${prediction.provider}`
      : 'a folder of masks made elsewhere; their digests stand in run.json';
  const labels = options.labels.map(({ index, name }) => `${index} ${name}`).join(', ');
  const rows = [
    ['Made', `${createdAt} by ${software.name} ${software.version}, Node ${software.node}, ${software.platform}`],
    ['Prediction', source],
    ['Data', `${data.layout} layout, ${data.cases.length} cases; digests stand in run.json`],
    ['Labels', labels],
    [
      'Options',
      `definitions ${options.definitions}, resample ${options.resample ? 'yes' : 'no'}, perturb ${options.perturb ? 'yes' : 'no'}, bootstrap seed ${options.bootstrapSeed}`,
    ],
    ['Run', runSha256],
  ];
  return `<h2>How to repeat this run</h2>${table(
    [
      { title: 'What', isText: true },
      { title: 'Value', isText: true },
    ],
    rows,
  )}`;
}
