/**
 * A run → what a person reads on the terminal: failures, gate and losses first, then the means.
 * @module
 */

import { formatP, formatScore, formatSigned } from '../../evaluate/report/markup.ts';
import type { ScoresDocument } from '../../evaluate/score-document.ts';
import { formatTable } from '../table.ts';

/** Losses shown of each region. */
const LOSSES_SHOWN = 5;

export function terminalSummary({ failures, cases, summary, comparison, gate, perturbations }: ScoresDocument): string {
  const lines: string[] = [];
  for (const { name, code, message } of failures) lines.push(`not scored  ${name}: ${message} [${code}]`);
  for (const { name, findings } of cases)
    for (const { code, severity, message } of findings)
      if (severity !== 'info') lines.push(`warning  ${name}: ${message} [${code}]`);
  for (const { region, metrics, cases: changed } of comparison?.regions ?? []) {
    const dice = metrics.find(({ metric }) => metric === 'dice');
    if (!dice) continue;
    lines.push(
      `against the baseline, ${region}: mean Dice ${formatSigned(dice.meanChange, 4)}, ${dice.worse} worse, ${dice.better} better, p ${formatP(dice.pValue)}`,
    );
    for (const { name, baseline, current, change } of changed.filter((one) => one.change < 0).slice(0, LOSSES_SHOWN))
      lines.push(`  ${name}  ${formatScore('dice', baseline)} → ${formatScore('dice', current)}  (${formatSigned(change, 4)})`);
  }
  for (const { statement, mustBeIdentical, identicalCases, cases: all } of perturbations ?? [])
    if (mustBeIdentical && identicalCases < all)
      lines.push(`defect  ${statement}: the mask differs in ${all - identicalCases} of ${all} cases`);
  const rows = summary.map(({ region, metrics, pooled }) => [
    region,
    String(metrics.dice.cases),
    formatScore('dice', metrics.dice.mean),
    metrics.dice.interval
      ? `${formatScore('dice', metrics.dice.interval.lower)} … ${formatScore('dice', metrics.dice.interval.upper)}`
      : '–',
    formatScore('dice', metrics.dice.minimum),
    formatScore('dice', pooled.dice),
    formatScore('surfaceDice', metrics.surfaceDice.mean),
    formatScore('hd95Mm', metrics.hd95Mm.mean),
  ]);
  const head = ['region', 'cases', 'mean Dice', '95 % interval', 'lowest', 'pooled', 'surface Dice', 'HD95 mm'];
  for (const { statement, passed, value } of gate?.checks ?? [])
    lines.push(
      `gate ${passed ? 'met     ' : 'NOT MET '} ${statement} (found ${value === null ? 'no value' : Number(value.toPrecision(4))})`,
    );
  return `${lines.map((line) => `${line}\n`).join('')}${formatTable(head, rows)}`;
}
