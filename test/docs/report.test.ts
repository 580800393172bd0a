/** Holds the findings of `docs/report.md` and those of the source together, in both directions. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** A finding as it stands in the source: its code, and right after it its severity. */
const FINDING = /code: '([A-Z_]+)',\s*severity: '(info|warning|error)'/g;

function findingsInSource(): string[] {
  const found = ['core', 'formats', 'preprocess', 'runtime', 'evaluate', 'daemon'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [...readFileSync(path.join(root, folder, file), 'utf8').matchAll(FINDING)])
      .map(([, code, severity]) => `${code} ${severity}`),
  );
  return [...new Set(found)].sort();
}

function findingsOnPage(): string[] {
  const page = readFileSync(path.join(root, 'docs/report.md'), 'utf8');
  return [...page.matchAll(/^\| `([A-Z_]+)` \| (\w+) \| .+ \|$/gm)].map(([, code, severity]) => `${code} ${severity}`).sort();
}

it('docs/report.md lists every finding with its severity, and no other', () => {
  expect(findingsInSource().length).toBeGreaterThan(20);
  expect(findingsOnPage()).toEqual(findingsInSource());
});
