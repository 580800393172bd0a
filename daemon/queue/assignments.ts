/**
 * What is to be worked on: the queue names a job, here is what it is about.
 *
 * In memory what this daemon's last look at the watched folder found; where daemons share a queue, also in the state folder
 * that they share, so that a worker that does not look knows it too. Such a file holds paths, as the ledger does.
 * @module
 */
import { mkdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadySeries } from '../intake/intake.ts';
import { writeDurably } from '../ledger/durable-file.ts';
import type { JobClass } from './job-class.ts';

/** A series with the bundles that it goes to. {@link ReadySeries.fingerprint} is the job's here. */
export interface Assignment extends ReadySeries {
  readonly bundleDirs: readonly string[];
  readonly jobClass: JobClass;
}

export class Assignments {
  readonly #sharedDir: string | undefined;
  readonly #shared = new Set<string>();
  #current: ReadonlyMap<string, Assignment> = new Map();

  /** @param sharedDir - Where daemons leave each other what jobs are about; absent: this one is alone. */
  constructor(sharedDir?: string) {
    this.#sharedDir = sharedDir;
  }

  /** The assignments of a look replace those of the one before: what is no longer there is no longer done. */
  async replace(assignments: readonly Assignment[]): Promise<void> {
    this.#current = new Map(assignments.map((assignment) => [assignment.fingerprint, assignment]));
    for (const fingerprint of this.#shared) if (!this.#current.has(fingerprint)) await this.forget(fingerprint);
  }

  /** Lets other daemons know what a job is about, before it is queued; again each time it is, since one may have forgotten it. */
  async share({ series, ...assignment }: Assignment): Promise<void> {
    const { fingerprint } = assignment;
    if (this.#sharedDir === undefined) return;
    await mkdir(this.#sharedDir, { recursive: true });
    // What only rules look at is nothing for a disk.
    const { traits: _traits, ...rest } = series;
    await writeDurably(this.#fileOf(this.#sharedDir, fingerprint), JSON.stringify({ ...assignment, series: rest }));
    this.#shared.add(fingerprint);
  }

  /** What a job is about, as this daemon or another one has seen it; nothing if none has. */
  async find(fingerprint: string): Promise<Assignment | undefined> {
    const own = this.#current.get(fingerprint);
    if (own !== undefined || this.#sharedDir === undefined) return own;
    const text = await readFile(this.#fileOf(this.#sharedDir, fingerprint), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Assignment);
  }

  /**
   * What probably comes after a job: the next of the last look, in its order. A guess: the queue has the last word.
   * @param isOpen - Whether there is still something to do for a job, by its fingerprint.
   */
  following(fingerprint: string, isOpen: (fingerprint: string) => boolean): Assignment | undefined {
    const all = [...this.#current.values()];
    const place = all.findIndex((assignment) => assignment.fingerprint === fingerprint);
    return place < 0 ? undefined : all.slice(place + 1).find((later) => isOpen(later.fingerprint));
  }

  /** A job has ended, or its input has gone. */
  async forget(fingerprint: string): Promise<void> {
    this.#shared.delete(fingerprint);
    if (this.#sharedDir !== undefined) await unlink(this.#fileOf(this.#sharedDir, fingerprint)).catch(() => {});
  }

  #fileOf(dir: string, fingerprint: string): string {
    return join(dir, `${fingerprint}.json`);
  }
}
