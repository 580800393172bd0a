/**
 * What this daemon has seen in the watched folder and may work on: the queue names a job, here is what it is about.
 * @module
 */
import type { ReadySeries } from '../intake/intake.ts';

/** A series with the bundles that it goes to. {@link ReadySeries.fingerprint} is the job's here. */
export interface Assignment extends ReadySeries {
  readonly bundleDirs: readonly string[];
}

export class Assignments {
  #current: ReadonlyMap<string, Assignment> = new Map();

  /** The assignments of a look replace those of the one before: what is no longer there is no longer done. */
  replace(assignments: readonly Assignment[]): void {
    this.#current = new Map(assignments.map((assignment) => [assignment.fingerprint, assignment]));
  }

  find(fingerprint: string): Assignment | undefined {
    return this.#current.get(fingerprint);
  }
}
