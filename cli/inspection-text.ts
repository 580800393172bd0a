/**
 * An inspection → a table at a glance, then what there is to say of each series, for people.
 * @module
 */
import type { InspectedSeries, Inspection } from './inspection.ts';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';
import { transferSyntaxName } from './transfer-syntax-name.ts';

/** How a word looks: on a terminal in colour, elsewhere as it is. */
export type Paint = (text: string, as: Tone) => string;
type Tone = 'good' | 'warning' | 'bad' | 'strong';

const ANSI_CODES: Readonly<Record<Tone, number>> = { good: 32, warning: 33, bad: 31, strong: 1 };

export const plain: Paint = (text) => text;
export const coloured: Paint = (text, as) => `\u001b[${ANSI_CODES[as]}m${text}\u001b[0m`;

/** The longest name in the table; the whole one stands below it. */
const NAME_WIDTH = 28;

const HEAD = ['', 'series', 'files', 'voxels', 'pixel mm', 'step mm', 'tilt', 'HU', 'axes'];

export function inspectionText({ series, setAside }: Inspection, paint: Paint = plain): string {
  const table = formatTable(HEAD, series.map(row)).trimEnd().split('\n');
  const lines = series.length === 0 ? [] : [paint(table[0] as string, 'strong')];
  // Painted last: colour codes have a length, but no width.
  for (const [n, one] of series.entries()) {
    const mark = markOf(one);
    lines.push((table[n + 1] as string).replace(mark.text, paint(mark.text, mark.tone)));
  }
  for (const one of series) lines.push('', ...details(one, paint));
  if (setAside.length > 0) lines.push('', paint(`${setAside.length} ${plural(setAside.length, 'file')} of no series`, 'strong'));
  for (const { file, code, message } of setAside) lines.push(`  ${printable(file)}: ${message} [${code}]`);
  return `${lines.join('\n')}\n`;
}

function markOf({ refusal, findings }: InspectedSeries): { readonly text: string; readonly tone: Tone } {
  if (refusal) return { text: 'refused', tone: 'bad' };
  return findings.some(({ severity }) => severity !== 'info') ? { text: 'warning', tone: 'warning' } : { text: 'ok', tone: 'good' };
}

function row(series: InspectedSeries): string[] {
  const { files, geometry, huRange } = series;
  const name = printable(series.name);
  const start = [markOf(series).text, name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 1)}…` : name, String(files)];
  if (!geometry) return [...start, '-', '-', '-', '-', '-', '-'];
  const [smallest, largest] = geometry.sliceDistanceMm.map((mm) => mm.toFixed(2)) as [string, string];
  const [between, along] = geometry.spacingMm.map((mm) => mm.toFixed(3)) as [string, string, string];
  return [
    ...start,
    geometry.sizeVoxels.join('×'),
    between === along ? between : `${between}×${along}`,
    smallest === largest ? smallest : `${smallest}…${largest}`,
    geometry.tiltDegrees < 0.05 ? '0°' : `${geometry.tiltDegrees.toFixed(1)}°`,
    huRange?.join('…') ?? '-',
    geometry.axisCodes,
  ];
}

function details(series: InspectedSeries, paint: Paint): string[] {
  const { findings, refusal } = series;
  const lines = [paint(printable(series.name), 'strong'), `  ${facts(series).join(', ')}`];
  for (const { code, severity, message } of findings) {
    if (code !== refusal?.code) lines.push(`  ${paint(severity, severity === 'info' ? 'good' : 'warning')}: ${message} [${code}]`);
  }
  if (refusal) lines.push(`  ${paint('refused', 'bad')}: ${refusal.message} [${refusal.code}]`);
  return lines;
}

function facts({ kind, modality, bodyPart, acquisition = {}, geometry, isClosed, declaredSlices }: InspectedSeries): string[] {
  const { transferSyntaxUid, kernel, patientPosition, hasContrast } = acquisition;
  return [
    kind === 'nifti' ? 'NIfTI' : `DICOM${modality ? ` ${modality}` : ''}`,
    bodyPart,
    geometry?.orientation,
    patientPosition,
    kernel && `kernel ${kernel}`,
    hasContrast ? 'contrast agent named' : undefined,
    transferSyntaxUid && transferSyntaxName(transferSyntaxUid),
    declaredSlices === undefined ? undefined : `${declaredSlices} slices declared`,
    geometry && kind === 'dicom' && !isClosed ? 'the slices do not close into an even stack' : undefined,
  ].flatMap((fact) => (fact ? [printable(fact)] : []));
}

function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`;
}
