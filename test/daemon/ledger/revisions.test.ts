import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Revisions } from '../../../daemon/ledger/revisions.ts';

let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'revisions-')), 'revisions');
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true }));

const fact = (name: string, sizeBytes = 1) => ({ path: `/in/QXPHI/${name}`, sizeBytes, mtimeNs: '7', inode: '1' });
const [a, b, c] = [fact('a'), fact('b'), fact('c')];

it('a series is revised when its files are other ones, each time by one, over restarts', async () => {
  const revisions = new Revisions(dir);
  expect(await revisions.next('k', [a, b])).toBeUndefined();
  await revisions.remember('k', [a, b], 'i-1');
  expect(await revisions.next('k', [b, a])).toBeUndefined();
  expect(await revisions.next('other', [c])).toBeUndefined();
  const later = [fact('b', 2), c];
  const second = { number: 2, replaces: 'i-1', added: 1, removed: 1, changed: 1 };
  expect(await new Revisions(dir).next('k', later)).toEqual(second);
  await revisions.remember('k', later, 'i-2');
  // Done once more for another bundle: the same revision.
  await revisions.remember('k', later, 'i-3');
  expect(await revisions.next('k', [...later, a])).toEqual({ number: 3, replaces: 'i-3', added: 1, removed: 0, changed: 0 });
});

it('names no file, forgets what is old, and does without what is damaged', async () => {
  const revisions = new Revisions(dir);
  await revisions.remember('k', [a, b], 'i-1');
  expect(readFileSync(join(dir, 'k.json'), 'utf8')).not.toContain('QXPHI');
  expect(await revisions.forget(Date.now() - 60_000)).toBe(0);
  expect(await revisions.forget(Date.now() + 60_000)).toBe(1);
  expect(readdirSync(dir)).toEqual([]);
  mkdirSync(dir, { recursive: true });
  for (const text of ['', '{"number":', '[]', 'null', '{"number":1,"identity":"x"}']) {
    writeFileSync(join(dir, 'k.json'), text);
    expect(await revisions.next('k', [a])).toBeUndefined();
  }
});
