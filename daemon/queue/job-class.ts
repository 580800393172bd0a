/**
 * Which workers a job is for: most are for any, some for those with a certain provider.
 * @module
 */
import type { ProviderChoice } from '../job/job.ts';

export const JOB_CLASSES = ['any', 'cuda', 'webgpu', 'cpu'] as const;
export type JobClass = (typeof JOB_CLASSES)[number];

/**
 * The classes that a worker takes, those first that fewer others can take. With `auto`, what any machine can do: a worker is
 * not asked for a GPU before it says itself that it has one.
 */
export function classesOf(provider: ProviderChoice): readonly JobClass[] {
  return provider === 'auto' ? ['cpu', 'any'] : [provider, 'any'];
}

/** The provider to ask for: the one that the job is for, or the worker's own. */
export function providerFor(jobClass: JobClass, own: ProviderChoice): ProviderChoice {
  return jobClass === 'any' ? own : jobClass;
}
