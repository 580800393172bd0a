/**
 * A wheel's address → the wheel in a folder, checked; what an interrupted download left is gone on with.
 * @module
 */
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { VoxwatchError } from '../../core/errors.ts';
import { checkWheel } from './check-wheel.ts';
import type { Wheel } from './cuda-wheels.ts';
import { failedDownload, failedWrite } from './setup-errors.ts';

/** Ending of a download that is not whole. */
const PART = '.part';

/** How often a connection that breaks is made again before the command gives up. */
const MAX_ATTEMPTS = 5;

/** Waited before the second attempt; before each later one so much longer. */
const PAUSE_MS = 200;

/**
 * Downloads a wheel unless it is there.
 * @param onBytes - Told how many bytes of the wheel are there.
 * @throws {VoxwatchError} `SETUP_DOWNLOAD` where the network fails (what came is kept); `SETUP_FILE` where what came is not
 *   the pinned file (it is deleted); `OUTPUT_NOT_WRITABLE`.
 */
export async function downloadWheel(
  folder: string,
  wheel: Wheel,
  findUrl: () => Promise<URL>,
  onBytes: (bytes: number) => void = () => {},
): Promise<void> {
  if ((await checkWheel(folder, wheel)) === 'ok') return onBytes(wheel.sizeBytes);
  const target = join(folder, wheel.file);
  const part = `${target}${PART}`;
  try {
    const url = await findUrl();
    for (let attempt = 1; (await sizeOf(part)) < wheel.sizeBytes; attempt++) {
      try {
        await appendRest(part, url, wheel.sizeBytes, onBytes);
      } catch (thrown) {
        if (!(thrown instanceof VoxwatchError) || thrown.code !== 'SETUP_DOWNLOAD' || attempt >= MAX_ATTEMPTS) throw thrown;
        await setTimeout(attempt * PAUSE_MS);
      }
    }
    await rename(part, target);
  } catch (thrown) {
    throw failedWrite(thrown);
  }
  if ((await checkWheel(folder, wheel)) === 'ok') return;
  await rm(target);
  throw new VoxwatchError(
    'SETUP_FILE',
    `What came for ${wheel.project} ${wheel.version} is not the pinned file: its sha256 or size differs. It was deleted; ` +
      'run the command again, and check what stands between this machine and the package index.',
  );
}

/** Asks for what is missing, and writes what comes behind what is there. */
async function appendRest(part: string, url: URL, sizeBytes: number, onBytes: (bytes: number) => void): Promise<void> {
  const there = await sizeOf(part);
  const headers = there > 0 ? { range: `bytes=${there}-` } : {};
  const response = await fetch(url, { headers }).catch((cause: unknown) => {
    throw failedDownload('the connection could not be made', cause);
  });
  if (!response.ok || response.body === null) throw failedDownload(`the server answers ${response.status}`);
  // A server that knows no ranges sends everything again.
  const isRest = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${there}-`);
  const file = await open(part, isRest ? 'a' : 'w');
  try {
    let bytes = isRest ? there : 0;
    for await (const chunk of chunksOf(response.body)) {
      bytes += chunk.length;
      if (bytes > sizeBytes) throw failedDownload('the server sends more than the file is long');
      await file.writeFile(chunk);
      onBytes(bytes);
    }
    await file.sync();
    if (bytes < sizeBytes) throw failedDownload('the connection ended early');
  } finally {
    await file.close();
  }
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) yield chunk;
  } catch (cause) {
    throw failedDownload('the connection broke', cause);
  }
}

function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
