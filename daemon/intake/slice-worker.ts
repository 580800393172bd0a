/**
 * The thread that decodes files for slice-threads.ts.
 * @module
 */
import { type ThreadAnswer, threadAnswer } from '../../core/thread-answer.ts';
import { readSlices, type SlicesRequest } from './read-slices.ts';

export interface DecodedSlices {
  /** One array a frame. */
  readonly hu: readonly Int16Array[];
  readonly contradictions: number;
}

export default function decode(request: SlicesRequest): Promise<ThreadAnswer<DecodedSlices>> {
  return threadAnswer(async () => {
    const hu = request.frames.map(() => new Int16Array(request.pixelsPerSlice));
    return { contradictions: await readSlices(request, hu), hu };
  });
}
