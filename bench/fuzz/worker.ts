/**
 * The process that reads damaged inputs: it may hang or die, and {@link runFuzz} sees that. Mutation n of a seed is the
 * same wherever it is run.
 * @module
 */
import { createRandom } from '../../core/random.ts';
import { mutate, splice } from './mutations.ts';
import { makeSeeds, type RealFiles, type Seed } from './seeds.ts';
import { type Outcome, tryDicom, tryFolder, tryNifti } from './try-input.ts';

/** What the parent sends, once. */
export interface FuzzOrder extends RealFiles {
  readonly seed: number;
  /** First mutation, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** What comes back for each mutation. */
export interface FuzzReport extends Outcome {
  readonly mutation: number;
  readonly seedName: string;
  /** Processor time, which a busy machine does not lengthen. */
  readonly cpuMs: number;
  readonly peakMb: number;
}

/** One input of so many is also read from a folder. */
const FOLDER_EVERY = 25;

async function tryMutation(n: number, { seed }: FuzzOrder, seeds: readonly Seed[]): Promise<Omit<FuzzReport, 'peakMb'>> {
  const random = createRandom(seed, `mutation-${n}`);
  const { kind, name, files } = random.pick(seeds);
  const at = random.integer(0, files.length - 1);
  const mutated = mutate(files[at] as Uint8Array, kind, random);
  const result = random.chance(0.1) ? splice(mutated, random.pick(random.pick(seeds).files), random) : mutated;
  const damaged = files.map((file, index) => (index === at ? result : file));
  const start = process.cpuUsage();
  const direct = kind === 'dicom' ? await tryDicom(damaged) : await tryNifti(damaged);
  const folder = n % FOLDER_EVERY === 0 ? await tryFolder(damaged, kind === 'dicom' ? [] : namesOf(damaged)) : undefined;
  const { user, system } = process.cpuUsage(start);
  const faults = [...direct.faults, ...(folder?.faults ?? [])];
  return { codes: direct.codes, faults, mutation: n, seedName: name, cpuMs: (user + system) / 1000 };
}

function namesOf(files: readonly Uint8Array[]): string[] {
  return files.length === 2 ? ['a.hdr', 'a.img'] : ['a.nii.gz'];
}

process.once('message', async (order: FuzzOrder) => {
  const seeds = makeSeeds(order);
  for (let n = order.from; n < order.to; n++) {
    const report: FuzzReport = { ...(await tryMutation(n, order, seeds)), peakMb: process.resourceUsage().maxRSS / 1024 };
    await new Promise((sent) => process.send?.(report, sent));
  }
  process.disconnect();
});
