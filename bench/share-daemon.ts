/**
 * Several daemons on one PostgreSQL: how the throughput grows with workers.
 *
 *   node dist/bench/share-daemon.js [--studies 40] [--workers 1,2,3] [--slices 24] [--model FOLDER]
 *
 * One daemon looks (`--role intake`), the others work. Needs the programs of a PostgreSQL on this machine, and a core a worker: on
 * two cores two workers can be as fast as one that uses both. Without `--model` two thresholding networks. Prints a table; exit
 * code 1 if a study has no result, or two.
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findPostgres, startPostgres } from '../test/daemon/postgres-server.ts';
import { writeTinyBundle } from '../test/runtime/make-tiny-bundle.ts';
import { dropStudy } from './daemon/studies.ts';
import { readResults, startWatch } from './daemon/watch-process.ts';

const POLL_MS = 50;

const { values } = parseArgs({
  options: {
    studies: { type: 'string', default: '40' },
    workers: { type: 'string', default: '1,2,3' },
    slices: { type: 'string', default: '24' },
    model: { type: 'string' },
  },
});
const programs = findPostgres();
if (programs === undefined) throw new Error('There is no PostgreSQL on this machine.');
const server = await startPostgres(programs);
console.log('| workers | seconds | studies a minute | by each worker |\n| --- | --- | --- | --- |');
try {
  for (const workers of values.workers.split(',').map(Number)) await measure(workers);
} finally {
  await server.stop();
}

async function measure(workers: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'share-daemon-'));
  const folders = { input: join(root, 'in'), out: join(root, 'out') };
  const bundle = values.model ?? join(root, 'bundle');
  mkdirSync(folders.input);
  if (values.model === undefined) await writeTinyBundle(bundle);
  const options = ['--model', bundle, '--database', server.address(`workers_${workers}`), '--overlays', 'none'];
  const roles = ['intake', ...Array<string>(workers).fill('worker')];
  const daemons = roles.map((role) => startWatch(folders, ...options, '--role', role));
  while (!daemons.every(({ log }) => log().includes('daemon.started'))) await sleep(POLL_MS);
  const studies = Array.from({ length: Number(values.studies) }, (_, n) => dropStudy(folders.input, n, Number(values.slices)));
  // From the first job on: looking and queueing are the same for any number of workers.
  while (!daemons.some(({ log }) => log().includes('job.started'))) await sleep(POLL_MS);
  const startMs = performance.now();
  while (readResults(folders.out).whole.length < studies.length) await sleep(POLL_MS);
  const seconds = (performance.now() - startMs) / 1000;
  for (const { process: daemon } of daemons) daemon.kill('SIGTERM');
  await Promise.all(daemons.map(({ ended }) => ended));
  const each = daemons.slice(1).map(({ log }) => log().split('"job.published"').length - 1);
  console.log(`| ${workers} | ${seconds.toFixed(1)} | ${((60 * studies.length) / seconds).toFixed(1)} | ${each.join(', ')} |`);
  if (readResults(folders.out).all.length !== studies.length) process.exitCode = 1;
  rmSync(root, { recursive: true });
}
