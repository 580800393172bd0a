/**
 * What a run decides → sections of the page: the gate, the comparison with another run, the robustness check.
 * @module
 */
import { metricOf } from '../metric-table.ts';
import type { GateResult, PerturbationSummary, RunComparison } from '../score-document.ts';
import { type Cell, escapeHtml, formatNumber, formatP, formatScore, formatSigned, table } from './markup.ts';

export function gateSection(gate: GateResult | undefined): string {
  if (!gate) return '';
  const rows = [...gate.checks]
    .sort((a, b) => Number(a.passed) - Number(b.passed))
    .map(({ statement, passed, value }): Cell[] => [
      { html: passed ? '<span class="gain">met</span>' : '<span class="loss">not met</span>' },
      statement,
      value === null ? 'undefined' : formatNumber(value, Number.isInteger(value) ? 0 : 4),
    ]);
  return `<h2>Gate</h2>${table([{ title: 'Result', isText: true }, { title: 'Threshold', isText: true }, { title: 'Value' }], rows)}`;
}

/** Largest losses shown of each region; the rest stands in `scores.json`. */
const CASES_SHOWN = 15;

export function comparisonSection(comparison: RunComparison | undefined): string {
  if (!comparison) return '';
  const columns = [
    { title: 'Region', isText: true },
    { title: 'Score', isText: true },
    ...['Baseline', 'This run', 'Change', 'Worse', 'Better', 'Cases', 'p'].map((title) => ({ title })),
  ];
  const rows = comparison.regions.flatMap(({ region, metrics }) =>
    metrics.map((own, n): Cell[] => {
      const { title, unit, better } = metricOf(own.metric);
      const isGain = better === 'higher' ? own.meanChange > 0 : own.meanChange < 0;
      const mood = own.meanChange === 0 ? '' : isGain ? 'gain' : 'loss';
      return [
        n === 0 ? { html: `<b>${escapeHtml(region)}</b>` } : '',
        unit ? `${title}, ${unit}` : title,
        formatScore(own.metric, own.baselineMean),
        formatScore(own.metric, own.mean),
        { html: `<span class="${mood}">${formatSigned(own.meanChange, unit ? 2 : 4)}</span>` },
        String(own.worse),
        String(own.better),
        String(own.cases),
        formatP(own.pValue),
      ];
    }),
  );
  const cases = comparison.regions.map(({ region, cases: own }) => {
    const changed = own.filter(({ change }) => change !== 0).slice(0, CASES_SHOWN);
    if (changed.length === 0) return `<h3>${escapeHtml(region)}: no case changed</h3>`;
    const lines = changed.map(({ name, baseline, current, change }): Cell[] => [
      name,
      formatNumber(baseline, 3),
      formatNumber(current, 3),
      { html: `<span class="${change < 0 ? 'loss' : 'gain'}">${formatSigned(change, 4)}</span>` },
    ]);
    return `<h3>${escapeHtml(region)}: Dice by case, losses first</h3>${table([{ title: 'Case', isText: true }, { title: 'Baseline' }, { title: 'This run' }, { title: 'Change' }], lines)}`;
  });
  const unpaired = [
    comparison.onlyHere.length > 0 ? `Only in this run: ${comparison.onlyHere.join(', ')}.` : '',
    comparison.onlyInBaseline.length > 0 ? `Only in the baseline: ${comparison.onlyInBaseline.join(', ')}.` : '',
  ].join(' ');
  return `<h2>Against the baseline</h2><p class="note">Cases that both runs scored, paired by name. p: Wilcoxon’s signed-rank test, two-sided, exact up to 200 pairs; many scores are tested at once and nothing is corrected for that. ${escapeHtml(unpaired)}</p>${table(columns, rows)}<div class="charts">${cases.map((html) => `<div>${html}</div>`).join('')}</div>`;
}

export function perturbationSection(perturbations: readonly PerturbationSummary[] | undefined): string {
  if (!perturbations) return '';
  const columns = [
    { title: 'Change', isText: true },
    { title: 'Region', isText: true },
    ...['Dice', 'Mean change', 'Worst change', 'Ceiling', 'Volume, mean', 'Volume, largest', 'Cases'].map((title) => ({ title })),
  ];
  const rows = perturbations.flatMap((own) =>
    own.regions.map((region, n): Cell[] => [
      n === 0 ? { html: `${escapeHtml(own.statement)}${identity(own)}` } : '',
      region.region,
      formatNumber(region.meanDice, 3),
      { html: moved(region.meanDiceChange) },
      {
        html: `${moved(region.worstDiceChange)}${region.worstDiceChange !== null && region.worstDiceChange < 0 ? ` <span class="small">${escapeHtml(region.worstCase ?? '')}</span>` : ''}`,
      },
      formatNumber(region.meanCeilingDice, 3),
      percent(region.meanVolumeChangePercent),
      percent(region.largestVolumeChangePercent),
      String(region.cases),
    ]),
  );
  return `<h2>Robustness</h2><p class="note">Each case run again under a small stated change; Dice against the truth on the original grid, change against the unchanged run. Ceiling: Dice of the truth itself after the same way there and back: what interpolation alone costs.</p>${table(columns, rows)}`;
}

function identity({ mustBeIdentical, identicalCases, cases }: PerturbationSummary): string {
  if (!mustBeIdentical) return '';
  const isRight = identicalCases === cases;
  return `<br><span class="${isRight ? 'gain' : 'loss'}">identical in ${identicalCases} of ${cases}${isRight ? '' : ': a defect'}</span>`;
}

/** A loss of this much Dice is shown in red. */
const NOTABLE_LOSS = 0.02;

function moved(change: number | null): string {
  const text = formatSigned(change, 3);
  return change !== null && change < -NOTABLE_LOSS ? `<span class="loss">${text}</span>` : text;
}

function percent(value: number | null): string {
  return value === null ? '–' : `${formatSigned(value, 1)} %`;
}
