/**
 * Points → text for a terminal: one line a point, how to mend it under it, a count at the end.
 * @module
 */
import type { Point, PointStatus } from './point.ts';

const COLOURS: Readonly<Record<PointStatus, number>> = { ok: 32, warning: 33, failed: 31 };
const STATUS_WIDTH = 'warning'.length;

export interface TextOptions {
  /** Columns to break lines at. */
  readonly columns: number;
  readonly style: 'plain' | 'colour';
}

/** The text, with a line break at its end. */
export function pointsText(points: readonly Point[], { columns, style }: TextOptions): string {
  const titleWidth = Math.max(0, ...points.map(({ title }) => title.length));
  const indent = STATUS_WIDTH + titleWidth + 4;
  const lines = points.flatMap(({ title, status, found, mend }) => {
    const word = status.padEnd(STATUS_WIDTH);
    const head = `${style === 'colour' ? `\u001b[${COLOURS[status]}m${word}\u001b[0m` : word}  ${title.padEnd(titleWidth)}  `;
    const [first = '', ...rest] = [...wrap(found, columns - indent), ...(mend ? wrap(`→ ${mend}`, columns - indent) : [])];
    return [head + first, ...rest.map((line) => ' '.repeat(indent) + line)];
  });
  return `${lines.join('\n')}\n\n${count(points)}\n`;
}

function count(points: readonly Point[]): string {
  const of = (status: PointStatus): number => points.filter((point) => point.status === status).length;
  const [failed, warnings] = [of('failed'), of('warning')];
  if (failed > 0) return `${failed} failed, ${warnings} to look at: voxwatch cannot do its work here.`;
  return warnings > 0 ? `voxwatch works here; ${warnings} to look at.` : 'voxwatch works here.';
}

/** Breaks between words; a word that is too long stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= Math.max(width, 20)) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
