/**
 * A new embedded queue out of a template. PGlite takes seconds of computing to make one; most tests of the daemon are about
 * something else. Those that kill a daemon in its first second (`bench/kill-daemon.ts`) make their own.
 */
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SILENT_LOGGER } from '../../core/logger.ts';
import { openQueue } from '../../daemon/queue/open-queue.ts';

/** What the template depends on: the two libraries that make it, and our own tables. */
const MAKERS = ['package-lock.json', 'daemon/queue/leases.ts', 'daemon/queue/pg-boss-queue.ts'];

/** Puts an empty queue, made by this very version, into the state folder of a site that has none yet. */
export async function giveReadyQueue({ out }: { readonly out: string }): Promise<void> {
  await cp(await template(), join(out, '.voxwatch-state'), { recursive: true });
}

async function template(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of MAKERS) hash.update(await readFile(new URL(`../../${file}`, import.meta.url)));
  const dir = join(tmpdir(), `voxwatch-ready-queue-${hash.digest('hex').slice(0, 16)}`);
  if (await stat(dir).catch(() => undefined)) return dir;
  const draft = await mkdtemp(`${dir}-`);
  const queue = await openQueue({ stateDir: draft, leaseMs: 60_000 }, SILENT_LOGGER);
  await queue.close();
  // Tests run beside each other: whoever comes second uses what the first has made.
  await rename(draft, dir).catch(() => rm(draft, { recursive: true }));
  return dir;
}
