/**
 * In which order the stages of shipped bundles are trained: side by side, but a stage 2 that begins with another's weights after that one.
 * @module
 */
import { join } from 'node:path';
import type { Recipe } from '../../train/recipe.ts';
import { ABDOMEN_CASCADE } from '../../train/recipes/abdomen-cascade.ts';
import { SHIPPED_BUNDLES, type ShippedBundle } from './shipped-bundles.ts';

/** One run of `voxwatch train`. */
export interface StageTraining {
  readonly recipe: Recipe;
  readonly stage: string;
  /** Folder of its cases. */
  readonly data: string;
  /** Of the run. */
  readonly folder: string;
  /** The run that it begins with; absent: random weights. */
  readonly startFrom?: string;
}

/** Where the cases are. */
export interface TrainingData {
  organs(): Promise<string>;
  lesions(bundle: ShippedBundle): Promise<string>;
}

/** The run of stage 1, which all bundles share. */
export function organsRun(work: string): { readonly recipe: Recipe; readonly folder: string } {
  return { recipe: ABDOMEN_CASCADE, folder: join(work, 'organs-training') };
}

/** The run of stage 2 of a bundle, which its export takes stage 1 into. */
export function bundleRun(work: string, { recipe, name }: ShippedBundle): { readonly recipe: Recipe; readonly folder: string } {
  return { recipe, folder: join(work, name) };
}

/**
 * Trains stage 1 and stage 2 of all bundles that are asked for, and of those that theirs begin with.
 * @param train - Where one fails the others go on to their end: what they reach is kept for the next start.
 * @throws what the first that failed threw; {Error} where a bundle begins with one that there is not.
 */
export async function trainStages(
  asked: readonly ShippedBundle[],
  work: string,
  data: TrainingData,
  train: (training: StageTraining) => Promise<void>,
): Promise<void> {
  const bundles = withStarts(asked);
  // One set after the other: each takes all cores.
  const organs = await data.organs();
  const lesions = new Map<string, string>();
  for (const bundle of bundles) lesions.set(bundle.name, await data.lesions(bundle));
  const started = new Map<string, Promise<void>>();
  for (const bundle of bundles) {
    const { name, startFrom } = bundle;
    const training = {
      ...bundleRun(work, bundle),
      stage: 'lesions',
      data: lesions.get(name) as string,
      ...(startFrom === undefined ? {} : { startFrom: join(work, startFrom) }),
    };
    const before = startFrom === undefined ? undefined : started.get(startFrom);
    started.set(name, before ? before.then(() => train(training)) : train(training));
  }
  const jobs = [train({ ...organsRun(work), stage: 'organs', data: organs }), ...started.values()];
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
