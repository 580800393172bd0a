/**
 * Runs that begin with the same weights and differ in their seed → one run with the mean of what they ended with.
 *
 * What one run learned by chance the others did not; what they have in common stays. It holds for runs that end in the same valley of
 * the loss, as those do that begin with the same trained weights and move slowly (Izmailov et al., arXiv:1803.05407; Wortsman et al.,
 * arXiv:2203.05482), not for runs from random weights.
 * @module
 */
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { widened } from '../data/seen-domain.ts';
import { WEIGHTS_FILE } from '../model-files.ts';
import { writeWhole } from '../write-whole.ts';
import { OF_THE_RUN_ALONE, type SharingRun } from './shared-stage.ts';
import { earlierFacts, stageFolder, TRAINED_FILE } from './trained-facts.ts';

/**
 * Averages what the runs ended with, whichever step was their best: so all were at the same point of their course.
 * @param stage - By its name; the only one that the runs have trained.
 * @param runs - Of one recipe, finished.
 * @param out - Folder of the new run, a copy of the first with other weights; replaced where it is there.
 * @throws {VoxwatchError} `USAGE` for no run, and where networks differ; `INPUT_NOT_FOUND` where a run has no last weights.
 */
export async function averageRuns(stage: string, runs: readonly SharingRun[], out: string): Promise<void> {
  const [first, ...others] = runs;
  const found = first?.recipe.stages.find(({ name }) => name === stage);
  if (!first || !found) throw new VoxwatchError('USAGE', `There is no run that has trained the stage ${stage}.`);
  const folder = stageFolder(first.recipe, found);
  const ends = await Promise.all(runs.map((run) => lastNetwork(join(run.folder, folder, 'last'))));
  const [network] = ends as [Network];
  if (ends.some(({ topology }) => topology !== network.topology))
    throw new VoxwatchError('USAGE', 'Only runs of the same network can be averaged.');
  await rm(out, { recursive: true, force: true });
  await cp(first.folder, out, { recursive: true });
  for (const part of OF_THE_RUN_ALONE) await rm(join(out, folder, part), { recursive: true, force: true });
  const seen = await Promise.all(others.map((run) => earlierFacts(run.folder)));
  const facts = JSON.parse(await readFile(join(out, TRAINED_FILE), 'utf8')) as { domain?: Parameters<typeof widened>[0] };
  const domain = seen.reduce((widest, run) => widened(widest, run.domain), facts.domain);
  await writeWhole(join(out, TRAINED_FILE), `${JSON.stringify({ ...facts, ...(domain ? { domain } : {}) }, null, 2)}\n`);
  const mean = meanOf(ends.map(({ weights }) => weights));
  await writeWhole(join(out, folder, WEIGHTS_FILE), new Uint8Array(mean.buffer));
}

interface Network {
  /** What it is made of, and the shapes of its weights, as text. */
  readonly topology: string;
  readonly weights: Float32Array;
}

async function lastNetwork(folder: string): Promise<Network> {
  const read = (file: string): Promise<Buffer> =>
    readFile(join(folder, file)).catch((cause: unknown) => {
      throw new VoxwatchError('INPUT_NOT_FOUND', 'A run that is to be averaged has not come to its end.', {}, cause);
    });
  const { weightsManifest } = JSON.parse((await read('model.json')).toString('utf8')) as {
    weightsManifest: readonly { readonly weights: readonly { readonly dtype: string; readonly shape: readonly number[] }[] }[];
  };
  const shapes = weightsManifest.flatMap(({ weights }) => weights.map(({ dtype, shape }) => `${dtype} ${shape.join('×')}`));
  const bytes = await read(WEIGHTS_FILE);
  return { topology: shapes.join(', '), weights: new Float32Array(Uint8Array.from(bytes).buffer) };
}

function meanOf(all: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const mean = new Float32Array(all[0]?.length ?? 0);
  for (let p = 0; p < mean.length; p++) mean[p] = all.reduce((sum, one) => sum + (one[p] as number), 0) / all.length;
  return mean;
}
