/**
 * What a thread sends back: a value or what went wrong. An error's class does not survive the way between threads.
 * @module
 */
import { asVoxwatchError, type ErrorCode, VoxwatchError } from './errors.ts';

export type ThreadAnswer<T> =
  | { readonly value: T }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string; readonly details: VoxwatchError['details'] } };

/** In the thread. */
export async function threadAnswer<T>(work: () => T | Promise<T>): Promise<ThreadAnswer<T>> {
  try {
    return { value: await work() };
  } catch (thrown) {
    const { code, message, details } = asVoxwatchError(thrown);
    return { failure: { code, message, details } };
  }
}

/** On the other side. @throws {VoxwatchError} what went wrong in the thread. */
export function valueOf<T>(answer: ThreadAnswer<T>): T {
  if ('value' in answer) return answer.value;
  throw new VoxwatchError(answer.failure.code, answer.failure.message, answer.failure.details);
}
