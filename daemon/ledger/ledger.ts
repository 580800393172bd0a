/**
 * What became of each input: one small JSON file per fingerprint in the state folder.
 *
 * With the folders themselves this is all the daemon remembers; the queue may be lost at any moment. An input that has an
 * outcome here is never done again by itself, also when somebody deleted its result: to have it done anew, change the
 * input (touch it) or delete its ledger file.
 * @module
 */
import { mkdir, readdir, readFile, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuleProvider } from '../rules/rules-schema.ts';
import { writeDurably } from './durable-file.ts';

/** How an input ended. */
export type LedgerOutcome =
  | { readonly kind: 'published'; readonly folder: string; readonly identity: string }
  | { readonly kind: 'refused'; readonly folder: string; readonly code: string }
  /** Given up after attempts that failed; the report lies with the refused ones. */
  | { readonly kind: 'set-aside'; readonly folder: string; readonly code: string }
  /** What the rules said: the report of a series that they leave alone, or that this one was the best of its study. */
  | { readonly kind: 'not-chosen'; readonly folder: string; readonly code: string }
  | { readonly kind: 'chosen'; readonly bundles: readonly string[]; readonly provider?: RuleProvider };

/** What is to happen, or has happened, to the input files. */
export type InputFate = 'keep' | 'move' | 'delete' | 'settled';

export interface LedgerEntry {
  readonly fingerprint: string;
  /** Times a job for it was begun. */
  readonly starts: number;
  /** Times it took its worker with it or failed without a fault of the machine. */
  readonly failures: number;
  readonly outcome?: LedgerOutcome;
  readonly inputFate?: InputFate;
}

const ENTRY_NAME = /^[0-9a-f]{32}\.json$/;

export class Ledger {
  readonly #dir: string;
  readonly #entries = new Map<string, LedgerEntry>();

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** Reads the ledger in a folder, which is made if it is not there. An entry that cannot be read counts as not there. */
  static async open(dir: string): Promise<Ledger> {
    await mkdir(dir, { recursive: true });
    const ledger = new Ledger(dir);
    for (const name of await readdir(dir)) {
      if (!ENTRY_NAME.test(name)) continue;
      const entry = parseEntry(await readFile(join(dir, name), 'utf8').catch(() => ''));
      if (entry !== undefined && `${entry.fingerprint}.json` === name) ledger.#entries.set(entry.fingerprint, entry);
    }
    return ledger;
  }

  /** The entry of an input; a fresh one if nothing is known. */
  get(fingerprint: string): LedgerEntry {
    return this.#entries.get(fingerprint) ?? { fingerprint, starts: 0, failures: 0 };
  }

  /** The entry of an input as it is on the disk: another daemon on the same state folder may have written it. */
  async reread(fingerprint: string): Promise<LedgerEntry> {
    const text = await readFile(join(this.#dir, `${fingerprint}.json`), 'utf8').catch(() => '');
    const entry = parseEntry(text);
    if (entry?.fingerprint === fingerprint) this.#entries.set(fingerprint, entry);
    return this.get(fingerprint);
  }

  /** Replaces an entry; on the disk when the promise resolves. */
  async put(entry: LedgerEntry): Promise<void> {
    this.#entries.set(entry.fingerprint, entry);
    await writeDurably(join(this.#dir, `${entry.fingerprint}.json`), `${JSON.stringify(entry)}\n`);
  }

  /**
   * Forgets inputs that were not in the watched folder for so long. What is there is marked as seen now: a folder that is
   * empty for an hour (a share that is not mounted) costs no memory.
   * @param seen - Fingerprints of what is in the folder.
   * @returns How many were forgotten.
   */
  async forgetUnseen(seen: ReadonlySet<string>, beforeMs: number): Promise<number> {
    const now = new Date();
    let forgotten = 0;
    for (const fingerprint of [...this.#entries.keys()]) {
      const path = join(this.#dir, `${fingerprint}.json`);
      if (seen.has(fingerprint)) await utimes(path, now, now).catch(() => {});
      else if (await isOlder(path, beforeMs)) {
        await unlink(path).catch(() => {});
        this.#entries.delete(fingerprint);
        forgotten++;
      }
    }
    return forgotten;
  }
}

async function isOlder(path: string, beforeMs: number): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && stats.mtimeMs < beforeMs;
}

function parseEntry(text: string): LedgerEntry | undefined {
  try {
    const entry = JSON.parse(text) as Partial<LedgerEntry>;
    const isWhole = typeof entry.fingerprint === 'string' && typeof entry.starts === 'number' && typeof entry.failures === 'number';
    return isWhole ? (entry as LedgerEntry) : undefined;
  } catch {
    return undefined;
  }
}
