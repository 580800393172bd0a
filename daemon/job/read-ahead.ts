/**
 * The study that probably comes next, read in a thread while the one before is segmented and written.
 *
 * Never more than one, and only where memory is plenty. It is a guess that costs nothing but time: a study that was not
 * asked for in the end is forgotten, one whose files have changed since is read again, and so is one that failed, so that
 * its error comes in its own turn.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type ThreadAnswer, valueOf } from '../../core/thread-answer.ts';
import { createVolume } from '../../core/volume.ts';
import type { DiscoveredSeries } from '../intake/discovered-series.ts';
import { areUnchanged, type FileFact, readFact } from '../intake/folder-snapshot.ts';
import { type ReadVolume, readVolume } from '../intake/read-volume.ts';
import type { SentVolume } from './read-ahead-thread.ts';

/** Always the compiled thread: Node 20 cannot run the `.ts` file that tests import this module from. */
const THREAD_FILE = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/daemon/job/read-ahead-thread.js' : './read-ahead-thread.js',
    import.meta.url,
  ),
);

/** Files of CT slices grow to so much at most when they are decompressed and laid together: lossless codes take a third. */
const GROWTH = 4;

/** A study may take so much of the memory that is left: the one that is worked on needs some too. */
const SHARE_OF_MEMORY = 0.25;

/** A study that is being read, or was. */
interface Ahead {
  readonly identity: string;
  /** Nothing where it could not be read, or does not fit. */
  readonly found: Promise<{ readonly facts: readonly FileFact[]; readonly volume: ReadVolume } | undefined>;
  readonly drop: () => void;
}

export class ReadAhead {
  readonly #availableBytes: () => number;
  #ahead: Ahead | undefined;

  /** @param availableBytes - Memory that is left, cgroups included; for tests. */
  constructor(availableBytes: () => number = () => process.availableMemory()) {
    this.#availableBytes = availableBytes;
  }

  /** Begins to read a study, and forgets any other. */
  begin(series: DiscoveredSeries): void {
    this.#ahead?.drop();
    const stop = new AbortController();
    const found = this.#readInThread(series, stop.signal).catch(() => undefined);
    this.#ahead = { identity: identityOf(series), found, drop: () => stop.abort() };
  }

  /**
   * A study: the one that was read ahead, or read now.
   * @throws {VoxwatchError} as {@link readVolume}.
   */
  async read(series: DiscoveredSeries): Promise<ReadVolume> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead?.identity === identityOf(series)) {
      const found = await ahead.found;
      if (found && (await areUnchanged(found.facts))) return found.volume;
    } else ahead?.drop();
    return readVolume(series);
  }

  async #readInThread(
    series: DiscoveredSeries,
    signal: AbortSignal,
  ): Promise<{ readonly facts: readonly FileFact[]; readonly volume: ReadVolume } | undefined> {
    // Taken before the reading: what changes meanwhile is noticed.
    const facts = await Promise.all(series.files.map(readFact));
    if (!facts.every((fact) => fact !== undefined)) return undefined;
    const bytes = facts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) * GROWTH;
    if (series.refusal || bytes > this.#availableBytes() * SHARE_OF_MEMORY || signal.aborted) return undefined;
    const { hu, geometry, inputSha256, ...rest } = valueOf(await askThread(series, signal));
    return { facts, volume: { ...rest, volume: createVolume(geometry, hu), inputSha256: () => inputSha256 } };
  }
}

/** Which slices of which files: what a volume is made of. */
function identityOf({ key, files, slicesDigest }: DiscoveredSeries): string {
  return JSON.stringify([key, slicesDigest, files]);
}

function askThread(series: DiscoveredSeries, signal: AbortSignal): Promise<ThreadAnswer<SentVolume>> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(THREAD_FILE, { workerData: series });
    // A process that has nothing else to do ends.
    thread.unref();
    const end = (): void => void thread.terminate();
    signal.addEventListener('abort', end, { once: true });
    thread.once('message', (answer: ThreadAnswer<SentVolume>) => {
      resolve(answer);
      end();
    });
    thread.once('error', reject);
    thread.once('exit', () => reject(new Error('the thread ended without an answer')));
  });
}
