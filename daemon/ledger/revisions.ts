/**
 * Which files a series had when its result was made: slices that come later make a new result, and its report says what is new.
 *
 * One file a series in the state folder, by the digest that names the series; it holds digests of paths, sizes and times alone.
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileFact } from '../intake/folder-snapshot.ts';
import type { Revision } from '../job/job.ts';
import { writeDurably } from './durable-file.ts';

/** Below the state folder. */
export const REVISIONS_FOLDER = 'revisions';
/** Hex digits; of the files of one series, two do not meet by chance. */
const DIGITS = 16;

/** What is remembered of the last result of a series. */
interface Remembered {
  readonly number: number;
  /** `jobIdentity` of the result. */
  readonly identity: string;
  /** Digest of each file's path → digest of its size and time of change. */
  readonly files: Readonly<Record<string, string>>;
}

export class Revisions {
  readonly #dir: string;

  /** @param dir - Made when something is remembered. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * @param key - {@link DiscoveredSeries.key}.
   * @returns what these files are a revision of; nothing for a series without a result, and for the files that its result has.
   */
  async next(key: string, facts: readonly FileFact[]): Promise<Revision | undefined> {
    const before = await this.#read(key);
    if (before === undefined) return undefined;
    const files = filesOf(facts);
    const added = Object.keys(files).filter((path) => !(path in before.files)).length;
    const removed = Object.keys(before.files).filter((path) => !(path in files)).length;
    const changed = Object.entries(files).filter(([path, state]) => path in before.files && before.files[path] !== state).length;
    if (added + removed + changed === 0) return undefined;
    return { number: before.number + 1, replaces: before.identity, added, removed, changed };
  }

  /** The files of a series have a result now. */
  async remember(key: string, facts: readonly FileFact[], identity: string): Promise<void> {
    const number = (await this.next(key, facts))?.number ?? (await this.#read(key))?.number ?? 1;
    await mkdir(this.#dir, { recursive: true });
    await writeDurably(this.#fileOf(key), JSON.stringify({ number, identity, files: filesOf(facts) } satisfies Remembered));
  }

  /** Forgets series whose last result was made before a moment. @returns How many. */
  async forget(beforeMs: number): Promise<number> {
    let forgotten = 0;
    for (const name of await readdir(this.#dir).catch(() => [])) {
      const path = join(this.#dir, name);
      const stats = await stat(path).catch(() => undefined);
      if (stats === undefined || stats.mtimeMs >= beforeMs) continue;
      await unlink(path).catch(() => {});
      forgotten++;
    }
    return forgotten;
  }

  /** What cannot be read counts as not there: a report without its revision harms nobody. */
  async #read(key: string): Promise<Remembered | undefined> {
    try {
      const remembered = JSON.parse(await readFile(this.#fileOf(key), 'utf8')) as Partial<Remembered>;
      const { number, identity, files } = remembered;
      const isWhole = typeof number === 'number' && typeof identity === 'string' && typeof files === 'object' && files !== null;
      return isWhole ? { number, identity, files } : undefined;
    } catch {
      return undefined;
    }
  }

  #fileOf(key: string): string {
    return join(this.#dir, `${key}.json`);
  }
}

function filesOf(facts: readonly FileFact[]): Readonly<Record<string, string>> {
  return Object.fromEntries(facts.map(({ path, sizeBytes, mtimeNs }) => [digest(path), digest(`${sizeBytes} ${mtimeNs}`)]));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
}
