/**
 * Exit codes of every command.
 * @module
 */
import type { ErrorKind } from '../core/errors.ts';

/** 0 done · 1 failed · 2 wrong usage · 3 the input was refused · 4 something is missing on this machine. */
export const EXIT_CODES = { done: 0, failed: 1, usage: 2, refused: 3, missing: 4 } as const satisfies Record<
  ErrorKind | 'done',
  number
>;
