/**
 * In which order the stages of shipped bundles are trained: side by side, but a stage 2 that begins with another's weights after that one.
 * @module
 */
import { join } from 'node:path';
import type { Recipe } from '../../train/recipe.ts';
import { ABDOMEN_CASCADE } from '../../train/recipes/abdomen-cascade.ts';
import type { SharingRun } from '../../train/run/shared-stage.ts';
import { SHIPPED_BUNDLES, type ShippedBundle } from './shipped-bundles.ts';

/** One run of `voxwatch train`. */
export interface StageTraining {
  readonly recipe: Recipe;
  readonly stage: string;
  /** Folder of its cases. */
  readonly data: string;
  /** Of the run. */
  readonly folder: string;
  readonly seed: number;
  /** The run that it begins with; absent: random weights. */
  readonly startFrom?: string;
  /** What its card says beside what the data are. */
  readonly remark?: string;
}

/** Where the cases are. */
export interface TrainingData {
  organs(): Promise<string>;
  lesions(bundle: ShippedBundle): Promise<string>;
}

/** What trains, and what takes the mean of runs. */
export interface Trainer {
  train(training: StageTraining): Promise<void>;
  average(stage: string, runs: readonly SharingRun[], out: string): Promise<void>;
}

const LESIONS = 'lesions';

/** The run of stage 1, which all bundles share. */
export function organsRun(work: string): SharingRun {
  return { recipe: ABDOMEN_CASCADE, folder: join(work, 'organs-training') };
}

/** The run of stage 2 of a bundle, which its export takes stage 1 into. */
export function bundleRun(work: string, { recipe, name }: ShippedBundle): SharingRun {
  return { recipe, folder: join(work, name) };
}

/**
 * Trains stage 1 and stage 2 of all bundles that are asked for, and of those that theirs begin with.
 *
 * Where one fails the others go on to their end: what they reach is kept for the next start.
 * @throws what the first that failed threw; {Error} where a bundle begins with one that there is not.
 */
export async function trainStages(
  asked: readonly ShippedBundle[],
  work: string,
  data: TrainingData,
  trainer: Trainer,
): Promise<void> {
  const bundles = withStarts(asked);
  // One set after the other: each takes all cores.
  const organs = await data.organs();
  const lesions = new Map<string, string>();
  for (const bundle of bundles) lesions.set(bundle.name, await data.lesions(bundle));
  const started = new Map<string, Promise<void>>();
  for (const bundle of bundles) {
    const before = bundle.startFrom === undefined ? Promise.resolve() : started.get(bundle.startFrom);
    started.set(
      bundle.name,
      (before as Promise<void>).then(() => trainLesions(bundle, lesions.get(bundle.name) as string, work, trainer)),
    );
  }
  const organsDone = trainer.train({ ...organsRun(work), stage: 'organs', data: organs, seed: 1 });
  await allDone([organsDone, ...started.values()]);
}

/** Runs of several seeds have folders of their own; their mean takes the bundle's. */
async function trainLesions(bundle: ShippedBundle, data: string, work: string, { train, average }: Trainer): Promise<void> {
  const { recipe, folder } = bundleRun(work, bundle);
  const { seeds, startFrom } = bundle;
  const runs = seeds.map((seed) => ({ recipe, folder: seeds.length === 1 ? folder : `${folder}-seed-${seed}`, seed }));
  const start = startFrom === undefined ? {} : { startFrom: join(work, startFrom), remark: remarkOn(bundle) };
  await allDone(runs.map((run) => train({ ...run, ...start, stage: LESIONS, data })));
  if (runs.length > 1) await average(LESIONS, runs, folder);
}

function remarkOn({ startFrom, seeds }: ShippedBundle): string {
  const mean = seeds.length === 1 ? '' : `, the mean of ${seeds.length} runs (seeds ${seeds.join(', ')})`;
  return `Stage 2 was begun with that of ${startFrom}${mean}`;
}

async function allDone(jobs: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(jobs)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** Each after what it begins with. */
function withStarts(asked: readonly ShippedBundle[]): readonly ShippedBundle[] {
  const ordered = new Set<ShippedBundle>();
  for (const bundle of asked) {
    if (bundle.startFrom !== undefined) {
      const start = SHIPPED_BUNDLES.find(({ name }) => name === bundle.startFrom);
      if (!start) throw new Error(`${bundle.name} begins with ${bundle.startFrom}, which there is not`);
      for (const before of withStarts([start])) ordered.add(before);
    }
    ordered.add(bundle);
  }
  return [...ordered];
}
