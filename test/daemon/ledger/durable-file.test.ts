/** Files that are there whole or not at all, and what a process that was killed leaves of them. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { removeUnfinished, writeDurably } from '../../../daemon/ledger/durable-file.ts';

const UNFINISHED = '.1aa59dd6-eebe-4f13-962a-9f2339b090cd.tmp';
const ANOTHER = '.2aa59dd6-eebe-4f13-962a-9f2339b090cd.tmp';
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'durable-'));
});

describe('writeDurably', () => {
  it('replaces a file and leaves nothing beside it', async () => {
    for (const text of ['one', 'two']) await writeDurably(join(dir, 'a.json'), text);
    expect(readFileSync(join(dir, 'a.json'), 'utf8')).toBe('two');
    expect(readdirSync(dir)).toEqual(['a.json']);
  });
});

describe('removeUnfinished', () => {
  it('removes unfinished files of every folder, and no other file', async () => {
    mkdirSync(join(dir, 'below', 'deeper'), { recursive: true });
    const others = ['entry.json', 'somebody.tmp', '.hidden'];
    for (const name of [...others, UNFINISHED]) writeFileSync(join(dir, 'below', 'deeper', name), '');
    writeFileSync(join(dir, ANOTHER), '');
    await removeUnfinished(dir, 0);
    expect(readdirSync(dir)).toEqual(['below']);
    expect(readdirSync(join(dir, 'below', 'deeper')).sort()).toEqual([...others].sort());
  });

  it('leaves those that another daemon may still be writing', async () => {
    for (const name of [UNFINISHED, ANOTHER]) writeFileSync(join(dir, name), '');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(join(dir, UNFINISHED), longAgo, longAgo);
    await removeUnfinished(dir, 30_000);
    expect(readdirSync(dir)).toEqual([ANOTHER]);
  });

  it('has nothing to do where there is no folder', async () => {
    await removeUnfinished(join(dir, 'nowhere'), 0);
  });
});
