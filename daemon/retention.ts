/**
 * What is older than it is kept is removed: results, reports of inputs without result, what is remembered of inputs that
 * are gone. Off unless asked for.
 * @module
 */
import { join } from 'node:path';
import type { DaemonConfig } from './config.ts';
import type { Ledger } from './ledger/ledger.ts';
import { REVISIONS_FOLDER, Revisions } from './ledger/revisions.ts';
import { removeOld } from './results/remove-old.ts';

const DAY_MS = 86_400_000;

export type RetentionDays = Pick<DaemonConfig, 'outDir' | 'stateDir' | 'keepResultsDays' | 'keepRejectedDays' | 'keepStateDays'>;

/**
 * @param seen - Fingerprints of what lies in the watched folder now: it is not forgotten, or it would be done again. Absent
 *   while that is not known: nothing is forgotten.
 * @returns How many folders and entries were removed.
 */
export async function applyRetention(
  { outDir, stateDir, keepResultsDays, keepRejectedDays, keepStateDays }: RetentionDays,
  ledger: Ledger,
  seen: ReadonlySet<string> | undefined,
  nowMs = Date.now(),
): Promise<number> {
  const before = (days: number): number => nowMs - days * DAY_MS;
  let removed = 0;
  if (keepResultsDays !== undefined) removed += await removeOld(outDir, 'results', before(keepResultsDays));
  if (keepRejectedDays !== undefined) {
    removed += await removeOld(outDir, 'rejected', before(keepRejectedDays));
    removed += await removeOld(outDir, 'not-chosen', before(keepRejectedDays));
  }
  if (keepStateDays !== undefined && seen !== undefined) {
    removed += await ledger.forgetUnseen(seen, before(keepStateDays));
    await new Revisions(join(stateDir, REVISIONS_FOLDER)).forget(before(keepStateDays));
  }
  return removed;
}
