/**
 * What the daemon and the thread that looks at the folder say to each other: plain data.
 * @module
 */
import type { ThreadAnswer } from '../../core/thread-answer.ts';
import type { CompletenessPolicy } from './completeness.ts';
import type { News, ToldLook } from './told-inputs.ts';

/** What the thread is started for. */
export interface IntakeTask {
  readonly dir: string;
  readonly policy: CompletenessPolicy;
}

export type IntakeRequest =
  | { readonly kind: 'look'; readonly studyQuietPeriodMs: number | undefined }
  /** The news have been taken in: there may come more, or the look itself. */
  | { readonly kind: 'more' }
  | { readonly kind: 'watch' };

export type IntakeAnswer =
  | { readonly kind: 'news'; readonly news: News }
  | { readonly kind: 'look'; readonly answer: ThreadAnswer<ToldLook> }
  | { readonly kind: 'changed' }
  | { readonly kind: 'events-lost' };
