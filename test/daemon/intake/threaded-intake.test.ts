import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { dropStudy } from '../../../bench/daemon/studies.ts';
import { discoverSeries } from '../../../daemon/intake/discover-series.ts';
import type { FolderIntake } from '../../../daemon/intake/folder-intake.ts';
import { openThreadedIntake } from '../../../daemon/intake/threaded-intake.ts';
import { localIntake } from '../fakes.ts';
import { dropSeries, makeSite, type Site } from '../watch-command.ts';

const POLICY = { quietPeriodMs: 0, longQuietPeriodMs: 0, incompleteTimeoutMs: 0 };
const PATIENCE = { timeout: 60_000, interval: 50 };
/** The compiled thread. */
const THREAD = new URL('../../../dist/daemon/intake/intake-thread.js', import.meta.url);

let root: string;
let site: Site;
const open: FolderIntake[] = [];
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'threaded-'));
  site = await makeSite(root);
});
afterEach(async () => {
  for (const intake of open.splice(0)) await intake.close();
  rmSync(root, { recursive: true });
});

function openIntake(threadFile?: string): FolderIntake {
  const intake = openThreadedIntake(site.input, POLICY, threadFile);
  open.push(intake);
  return intake;
}

it('sees what a look in this thread sees, look after look', async () => {
  dropSeries(site, 'case', 1);
  dropStudy(site.input, 0, 3);
  writeFileSync(join(site.input, 'readme.txt'), 'no image');
  const threaded = openIntake();
  const here = localIntake(site.input, POLICY, (dir) => discoverSeries(dir, { nameLooseFilesBy: 'digest' }));
  for (const drop of [
    () => {},
    () => {},
    () => dropStudy(site.input, 1, 2),
    () => rmSync(join(site.input, 'case'), { recursive: true }),
  ]) {
    drop();
    const [found, expected] = [await threaded.look(undefined), await here.look(undefined)];
    const plain = ({ ready, refused, ...rest }: typeof found) => ({
      ...{ ...rest, listingMs: 0 },
      ready: ready.map((one) => ({ ...one, evidence: one.evidence.state })),
      refused: refused.map((one) => ({ ...one, evidence: one.evidence.state })),
    });
    expect(plain(found)).toEqual(plain(expected));
    expect(found.ready.length + found.refused.length).toBeGreaterThan(1);
  }
  await here.close();
});

it('tells of changes, and of a folder that is not there', async () => {
  const intake = openIntake();
  const onChange = vi.fn<() => void>();
  intake.watch(onChange, () => {});
  let studies = 0;
  await vi.waitFor(() => {
    dropStudy(site.input, studies++, 1);
    expect(onChange).toHaveBeenCalled();
  }, PATIENCE);
  const nowhere = openThreadedIntake(join(root, 'nowhere'), POLICY);
  open.push(nowhere);
  await expect(nowhere.look(undefined)).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
});

it('says that its thread has died, and starts another one, which tells all anew', async () => {
  const armed = join(root, 'armed');
  const mortal = join(root, 'mortal.mjs');
  const lines = [
    "import { existsSync } from 'node:fs';",
    "import { parentPort } from 'node:worker_threads';",
    // Before anybody listens: what comes while nobody does is kept.
    `await import(${JSON.stringify(THREAD.href)});`,
    `parentPort.on('message', () => existsSync(${JSON.stringify(armed)}) && process.exit(3));`,
  ];
  writeFileSync(mortal, lines.join('\n'));
  const name = dropStudy(site.input, 0, 2);
  const intake = openIntake(mortal);
  const names = async () => (await intake.look(undefined)).ready.map(({ series }) => series.name);
  expect(await names()).toEqual([name]);
  mkdirSync(armed);
  await expect(intake.look(undefined)).rejects.toMatchObject({ code: 'INTERNAL' });
  rmSync(armed, { recursive: true });
  expect(await names()).toEqual([name]);
});

it('ends a look that is in progress when it is closed', async () => {
  dropStudy(site.input, 0, 2);
  const intake = openIntake();
  const look = expect(intake.look(undefined)).rejects.toMatchObject({ code: 'INTERNAL' });
  await intake.close();
  await look;
});
