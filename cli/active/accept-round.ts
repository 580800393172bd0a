/**
 * The corrected masks of a working folder → cases of a training set; what is wrong with one does not stop the others.
 * @module
 */
import { join } from 'node:path';
import { asVoxwatchError, VoxwatchError } from '../../core/errors.ts';
import { asStorageError } from '../../train/storage-error.ts';
import { type AcceptStatus, acceptCase, type GivenProvenance } from './accept-case.ts';
import { fileExists, openSetFolder, pathsOf, type RankedCase, readRanking } from './round-folder.ts';

/** Said where the disk is full. */
const SET_IS_KEPT = 'the cases taken so far are whole; make room and give the same command again';

export interface AcceptJob {
  readonly round: string;
  readonly set: string;
  /** Where `NAME.nii.gz` or `NAME.nii` lie; absent: in the working folder. */
  readonly corrected?: string;
  /** Only these; absent: all. */
  readonly cases?: readonly string[];
  /** Cases whose pre-segmentation is right as it is. */
  readonly unchanged: readonly string[];
  readonly mayReplace: boolean;
  readonly provenance: GivenProvenance;
}

export type AcceptedCase =
  | { readonly name: string; readonly status: AcceptStatus }
  | { readonly name: string; readonly status: 'refused'; readonly code: string; readonly message: string };

/**
 * @returns one a case, in the order of the ranking.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND` without a ranking; `USAGE` for a name that it does not hold, or a training set of
 *   other labels; `OUTPUT_NOT_WRITABLE`.
 */
export async function acceptRound(job: AcceptJob): Promise<readonly AcceptedCase[]> {
  const { round, set, corrected, cases, unchanged, mayReplace, provenance } = job;
  const ranking = await readRanking(round);
  if (!ranking) {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'The working folder holds no ranking: it is made by voxwatch active rank.');
  }
  const known = new Set(ranking.cases.map(({ name }) => name));
  const stranger = [...(cases ?? []), ...unchanged].find((name) => !known.has(name));
  if (stranger !== undefined) throw new VoxwatchError('USAGE', `The ranking holds no case “${stranger}”.`);
  await openSetFolder(set, ranking.model.labels);
  const wanted = ranking.cases.filter(({ name }) => cases === undefined || cases.includes(name) || unchanged.includes(name));
  const results: AcceptedCase[] = [];
  for (const ranked of wanted) {
    const { name } = ranked;
    try {
      const maskFile = await findMask(ranked, { round, corrected });
      // Masks that lie elsewhere are those that were corrected: the others are still to come.
      if (maskFile === undefined) results.push({ name, status: 'uncorrected' });
      else {
        const mayBeUnchanged = unchanged.includes(name);
        const own = { ranked, model: ranking.model, round, maskFile, set, mayBeUnchanged, mayReplace, provenance };
        results.push({ name, status: await acceptCase(own) });
      }
    } catch (thrown) {
      const error = asVoxwatchError(asStorageError(thrown, SET_IS_KEPT));
      if (error.kind === 'missing' || error.code === 'INTERNAL') throw error;
      results.push({ name, status: 'refused', code: error.code, message: error.message });
    }
  }
  return results;
}

async function findMask(
  { name }: RankedCase,
  { round, corrected }: { readonly round: string; readonly corrected: string | undefined },
): Promise<string | undefined> {
  if (corrected === undefined) return pathsOf(round, name).mask;
  for (const end of ['.nii.gz', '.nii']) if (await fileExists(join(corrected, name + end))) return join(corrected, name + end);
  return undefined;
}
