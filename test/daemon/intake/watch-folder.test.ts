import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FolderEvents, watchFolder } from '../../../daemon/intake/watch-folder.ts';

const PATIENCE = { timeout: 30_000, interval: 20 };
/** No event comes so late that belongs to what was done before. */
const SETTLED_MS = 300;
let dir: string;
let events: FolderEvents;
let calls: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'watch-'));
  mkdirSync(join(dir, 'there'));
  writeFileSync(join(dir, 'there', '1.dcm'), 'x');
  calls = 0;
  events = watchFolder(
    dir,
    () => {
      calls++;
    },
    () => {},
  );
});
afterEach(async () => {
  await events.close();
  rmSync(dir, { recursive: true });
});

it('tells of files that come, grow and go, in folders that were there and in new ones', async () => {
  // Watching begins a little later.
  const begun = async (): Promise<number> => {
    writeFileSync(join(dir, 'there', 'probe'), String(Math.random()));
    return calls;
  };
  await expect.poll(begun, PATIENCE).toBeGreaterThan(0);
  const deeds: [what: string, deed: () => void][] = [
    ['comes', () => writeFileSync(join(dir, 'there', '2.dcm'), 'x')],
    ['grows', () => appendFileSync(join(dir, 'there', '1.dcm'), 'more')],
    ['goes', () => rmSync(join(dir, 'there', '2.dcm'))],
    ['a new folder', () => mkdirSync(join(dir, 'new'))],
    ['comes into it', () => writeFileSync(join(dir, 'new', '1.dcm'), 'x')],
    ['grows in it', () => appendFileSync(join(dir, 'new', '1.dcm'), 'more')],
  ];
  for (const [what, deed] of deeds) {
    await sleep(SETTLED_MS);
    calls = 0;
    deed();
    await expect.poll(() => calls, { ...PATIENCE, message: what }).toBeGreaterThan(0);
  }
});
