/**
 * The thread that decodes files for slice-threads.ts.
 * @module
 */
import { asVoxwatchError, type ErrorCode, type VoxwatchError } from '../../core/errors.ts';
import { readSlices, type SlicesRequest } from './read-slices.ts';

/** HU of each frame, or what went wrong: an error's class does not survive the way between threads. */
export type SlicesAnswer =
  | { readonly hu: readonly Int16Array[]; readonly contradictions: number }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string; readonly details: VoxwatchError['details'] } };

export default async function decode(request: SlicesRequest): Promise<SlicesAnswer> {
  try {
    const hu = request.frames.map(() => new Int16Array(request.pixelsPerSlice));
    return { contradictions: await readSlices(request, hu), hu };
  } catch (thrown) {
    const { code, message, details } = asVoxwatchError(thrown);
    return { failure: { code, message, details } };
  }
}
