/** Holds `docs/errors.md` and the codes of `core/errors.ts` together, in both directions. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../cli/exit-codes.ts';
import { ERROR_KINDS, type ErrorKind } from '../../core/errors.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/errors.md'), 'utf8');

interface Row {
  readonly code: string;
  readonly kind: string;
  readonly exitCode: number;
  readonly meaning: string;
  readonly remedy: string;
}

/** Rows of the tables, each with the kind and the exit code of the heading above it. */
function rowsOf(markdown: string): Row[] {
  let [kind, exitCode] = ['', Number.NaN];
  return markdown.split('\n').flatMap((line) => {
    const heading = /^## (\w+) .*\(exit code (\d)\)$/.exec(line);
    if (heading) [kind, exitCode] = [heading[1] as string, Number(heading[2])];
    const row = /^\| `(\w+)` \| (.*) \| (.*) \|$/.exec(line);
    return row ? [{ code: row[1] as string, kind, exitCode, meaning: row[2] as string, remedy: row[3] as string }] : [];
  });
}

/** Everything in which a page and the catalogue of codes differ. */
function differences(markdown: string, kinds: Readonly<Record<string, ErrorKind>>): string[] {
  const rows = rowsOf(markdown);
  const listed = rows.map((row) => row.code);
  return [
    ...Object.keys(kinds)
      .filter((code) => !listed.includes(code))
      .map((code) => `${code} is not on the page`),
    ...rows.flatMap(({ code, kind, exitCode, meaning, remedy }, index) => {
      const own = kinds[code];
      if (!own) return [`${code} is on the page, but is no code`];
      return [
        ...(listed.indexOf(code) === index ? [] : [`${code} is on the page twice`]),
        ...(kind === own ? [] : [`${code} is ${own}; the page says ${kind}`]),
        ...(exitCode === EXIT_CODES[own] ? [] : [`${code} ends with exit code ${EXIT_CODES[own]}; the page says ${exitCode}`]),
        ...(meaning.trim() && remedy.trim() ? [] : [`${code} has an empty cell`]),
      ];
    }),
  ];
}

describe('docs/errors.md', () => {
  it('lists every code once, under its kind, with its exit code, a meaning and a remedy', () => {
    expect(differences(page, ERROR_KINDS)).toEqual([]);
  });

  it('is checked in both directions', () => {
    const { USAGE: _, ...fewer } = ERROR_KINDS;
    expect(differences(page, fewer)).toEqual(['USAGE is on the page, but is no code']);
    expect(differences(page, { ...ERROR_KINDS, NEW_CODE: 'failed' })).toEqual(['NEW_CODE is not on the page']);
    expect(differences(page, { ...ERROR_KINDS, USAGE: 'failed' })).toEqual([
      'USAGE is failed; the page says usage',
      'USAGE ends with exit code 1; the page says 2',
    ]);
  });
});
