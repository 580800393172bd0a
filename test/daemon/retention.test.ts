import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ledger } from '../../daemon/ledger/ledger.ts';
import { applyRetention } from '../../daemon/retention.ts';

const DAY_S = 86_400;
let root: string;
let outDir: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'retention-'));
  outDir = join(root, 'out');
});
afterEach(() => rmSync(root, { recursive: true }));

function folder(
  name: string,
  ageDays: number,
  files: Readonly<Record<string, string>> = { 'report.json': '{"jobIdentity":"x"}' },
): void {
  const dir = join(outDir, name);
  mkdirSync(dir, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(dir, file, '..'), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  const then = Date.now() / 1000 - ageDays * DAY_S;
  utimesSync(dir, then, then);
}

describe('retention', () => {
  it('removes results and reports of ours that are too old, and nothing else', async () => {
    folder('old', 31);
    folder('old-of-two-bundles', 31, { 'kidney/report.json': '{"jobIdentity":"x"}', 'liver/report.json': '{"jobIdentity":"x"}' });
    folder('young', 29);
    folder('somebody-elses', 99, { 'thesis.txt': 'x' });
    folder('.voxwatch-state', 99);
    for (const section of ['rejected', 'not-chosen']) {
      folder(join(section, 'old'), 8);
      folder(join(section, 'young'), 6);
      utimesSync(join(outDir, section), 0, 0);
    }
    const ledger = await Ledger.open(join(root, 'ledger'));
    const days = { outDir, stateDir: root, keepResultsDays: 30, keepRejectedDays: 7 };
    expect(await applyRetention(days, ledger, undefined)).toBe(4);
    expect(readdirSync(outDir).sort()).toEqual([
      ...['.voxwatch-state', '.voxwatch-tmp', 'not-chosen', 'rejected', 'somebody-elses', 'young'],
    ]);
    for (const section of ['rejected', 'not-chosen', '.voxwatch-tmp'])
      expect(readdirSync(join(outDir, section))).toEqual(section.startsWith('.') ? [] : ['young']);
  });

  it('keeps everything unless asked', async () => {
    folder('old', 9999);
    const ledger = await Ledger.open(join(root, 'ledger'));
    await ledger.put({ fingerprint: '0'.repeat(32), starts: 1, failures: 0 });
    expect(await applyRetention({ outDir, stateDir: root }, ledger, new Set(), Date.now() + 1e12)).toBe(0);
    expect(existsSync(join(outDir, 'old'))).toBe(true);
  });

  it('forgets inputs that have long been gone; those that are there, and those just missing, it remembers', async () => {
    const [there, missing, gone] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [string, string, string];
    const ledger = await Ledger.open(join(root, 'ledger'));
    for (const [fingerprint, ageDays] of [
      [there, 99],
      [missing, 5],
      [gone, 11],
    ] as const) {
      await ledger.put({ fingerprint, starts: 7, failures: 0 });
      const then = Date.now() / 1000 - ageDays * DAY_S;
      utimesSync(join(root, 'ledger', `${fingerprint}.json`), then, then);
    }
    const days = { outDir, stateDir: root, keepStateDays: 10 };
    // Before the first look nobody knows what is there.
    expect(await applyRetention(days, ledger, undefined)).toBe(0);
    expect(await applyRetention(days, ledger, new Set([there]))).toBe(1);
    for (const memory of [ledger, await Ledger.open(join(root, 'ledger'))])
      expect([there, missing, gone].map((one) => memory.get(one).starts)).toEqual([7, 7, 0]);
    // Seen today: its age counts from now on.
    expect(await applyRetention(days, ledger, new Set())).toBe(0);
  });
});
