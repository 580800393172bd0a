/**
 * A bundle and a folder of unlabelled cases → a working folder: images and pre-segmentations to correct, the most uncertain
 * case first in `ranking.json` and `ranking.csv`.
 *
 * A mask that lies in the working folder is never written over: somebody may have corrected it. Ranking into the same folder
 * again takes over what is there and does the rest.
 * @module
 */
import { basename, join, resolve } from 'node:path';
import { asVoxwatchError, VoxwatchError } from '../../core/errors.ts';
import { labelSetOf } from '../../core/model-manifest.ts';
import type { LabelMap, Volume } from '../../core/volume.ts';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import { readVolume } from '../../daemon/intake/read-volume.ts';
import { planFor } from '../../evaluate/regions.ts';
import { streamNiftiLabels, streamNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import type { Bundle } from '../../runtime/bundle.ts';
import { segment } from '../../runtime/segment.ts';
import { asStorageError } from '../../train/storage-error.ts';
import { writeWhole } from '../../train/write-whole.ts';
import { type NamedSeries, nameCases } from './case-names.ts';
import { rankingCsv } from './ranking-text.ts';
import {
  fileExists,
  huSha256,
  type LeftOutInput,
  labelsSha256,
  openSetFolder,
  pathsOf,
  RANKING_FILE,
  type RankedCase,
  type Ranking,
  type RankingModel,
  readRanking,
} from './round-folder.ts';
import { measureDisagreement, VIEWS } from './view-disagreement.ts';

/** Said where the disk is full. */
const ROUND_IS_KEPT = 'what was ranked is kept; make room and give the same command again';

export interface RankJob {
  readonly bundle: Bundle;
  readonly folder: string;
  readonly round: string;
  readonly onCase: (progress: { readonly done: number; readonly of: number }) => void;
}

/**
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`, `INPUT_EMPTY` without a case that can be ranked; `USAGE` for a working folder of
 *   another model; `OUTPUT_NOT_WRITABLE`. What is wrong with a single case stands in the ranking.
 */
export async function rankFolder({ bundle, folder, round, onCase }: RankJob): Promise<Ranking> {
  const root = resolve(folder);
  const { series, setAside } = await discoverSeries(root);
  const before = await readRanking(round);
  const model = modelOf(bundle);
  if (before && before.model.manifestSha256 !== model.manifestSha256) {
    throw new VoxwatchError('USAGE', 'The working folder was ranked with another model: take a folder of its own for each round.');
  }
  await openSetFolder(round, model.labels);
  const named = nameCases(root, series);
  // What an earlier ranking into the folder holds stays: its masks may be corrected by now.
  const cases = new Map((before?.cases ?? []).map((one) => [one.name, one]));
  const leftOut: LeftOutInput[] = setAside.map(({ file, code, message }) => ({ name: basename(file), code, message }));
  const rankingNow = (): Ranking => {
    const views = VIEWS.map(({ statement }) => statement);
    return { format: 1, model, views, cases: mostUncertainFirst([...cases.values()]), leftOut };
  };
  for (const [index, one] of named.entries()) {
    try {
      const known = cases.get(one.name);
      const made = await rankCase(one, { bundle, round, ...(known ? { known } : {}) });
      if (made) {
        cases.set(one.name, made.ranked);
        // Before the mask: a mask that the ranking does not tell of would pass for a person's.
        await writeRanking(round, rankingNow());
        await made.writeMask();
      }
    } catch (thrown) {
      const error = asVoxwatchError(asStorageError(thrown, ROUND_IS_KEPT));
      if (error.kind === 'missing' || error.code === 'INTERNAL') throw error;
      leftOut.push({ name: one.name, code: error.code, message: error.message });
    }
    onCase({ done: index + 1, of: named.length });
  }
  if (cases.size === 0) {
    const reason = leftOut[0]?.message ?? 'There is no CT in it.';
    throw new VoxwatchError('INPUT_EMPTY', `None of the inputs can be ranked. The first: ${reason}`);
  }
  await writeRanking(round, rankingNow());
  return rankingNow();
}

async function writeRanking(round: string, ranking: Ranking): Promise<void> {
  await writeWhole(join(round, RANKING_FILE), `${JSON.stringify(ranking, null, 2)}\n`);
  await writeWhole(join(round, 'ranking.csv'), rankingCsv(ranking));
}

function modelOf({ manifest, manifestSha256 }: Bundle): RankingModel {
  const { name, version, labels, organLabel } = manifest;
  const recipe = manifest.origin ? {} : { recipe: manifest.recipe };
  return { name, version, ...recipe, labels, organLabel, manifestSha256 };
}

/** The most uncertain first; of equal ones the order in which they were found stays. */
function mostUncertainFirst(cases: readonly RankedCase[]): RankedCase[] {
  return cases.toSorted((a, b) => b.uncertainty - a.uncertainty);
}

interface Place {
  readonly bundle: Bundle;
  readonly round: string;
  /** From an earlier ranking into the same folder. */
  readonly known?: RankedCase;
}

interface MadeCase {
  readonly ranked: RankedCase;
  readonly writeMask: () => Promise<void>;
}

/** @returns nothing where the case was ranked before and its mask is there. */
async function rankCase({ name, series }: NamedSeries, { bundle, round, known }: Place): Promise<MadeCase | undefined> {
  const { volume, niftiSpace } = await readVolume(series);
  const digest = huSha256(volume);
  const paths = pathsOf(round, name);
  if (await fileExists(paths.mask)) {
    if (known?.huSha256 === digest) return undefined;
    throw new VoxwatchError(
      'INPUT_CHANGED',
      'The working folder holds a mask of this name for another image; it was left as it is: take a new working folder.',
    );
  }
  const segmentVolume = async (changed: Volume): Promise<LabelMap> => (await segment(bundle, changed)).labelMap;
  const { labels } = bundle.manifest;
  const { regions } = planFor(labelSetOf(bundle.manifest));
  const mask = await segmentVolume(volume);
  const disagreement = await measureDisagreement({ name, volume, mask, regions, segmentVolume });
  await writeWhole(paths.image, streamNiftiVolume(volume, niftiSpace));
  return {
    ranked: { name, ...disagreement, huSha256: digest, labelsSha256: labelsSha256(mask) },
    writeMask: () => writeWhole(paths.mask, streamNiftiLabels(mask, labels, niftiSpace)),
  };
}
