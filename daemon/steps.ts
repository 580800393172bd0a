/**
 * The moments between which the daemon, or its worker, may die: each leaves another half-done state on the disk and in the
 * queue. Tests end the process at each of them; otherwise nobody listens.
 * @module
 */

/** In their order, for one study. */
export const DAEMON_STEPS = [
  'job-queued',
  'job-taken',
  'start-recorded',
  'result-written',
  'result-flushed',
  'result-renamed',
  'result-published',
  'outcome-recorded',
  'input-settled',
  'job-finished',
] as const;

export type DaemonStep = (typeof DAEMON_STEPS)[number];

/** Called at each step; what follows waits for nothing else. */
export type AtStep = (step: DaemonStep) => void;

export const NOBODY_LISTENS: AtStep = () => {};
