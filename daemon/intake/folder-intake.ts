/**
 * What the daemon asks of whoever looks at the watched folder for it.
 * @module
 */
import type { CompletenessPolicy } from './completeness.ts';
import type { Look } from './intake.ts';

export interface FolderIntake {
  /**
   * Never asked again before the look before has ended.
   * @param studyQuietPeriodMs - How long a study must have been quiet before any of its series may start; absent: a series need
   *   not wait for others.
   * @throws {VoxwatchError} `INPUT_NOT_FOUND` if the folder cannot be listed.
   */
  look(studyQuietPeriodMs: number | undefined): Promise<Look>;
  /**
   * Begins to tell when something changes in the folder.
   * @param onLost - Not every change may be told from now on.
   */
  watch(onChange: () => void, onLost: () => void): void;
  /** Ends a look that is in progress, too: it throws. */
  close(): Promise<void>;
}

export type OpenIntake = (dir: string, policy: CompletenessPolicy) => FolderIntake;
