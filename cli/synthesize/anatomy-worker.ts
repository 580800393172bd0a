/**
 * The thread that makes anatomies for anatomy-threads.ts.
 * @module
 */
import { type ThreadAnswer, threadAnswer } from '../../core/thread-answer.ts';
import type { AnatomyFacts } from '../../train/synthesis/from-labels/synthesize-anatomy.ts';
import { type AnatomyRequest, writeAnatomy } from './write-anatomy.ts';

export default function make(request: AnatomyRequest): Promise<ThreadAnswer<AnatomyFacts>> {
  return threadAnswer(() => writeAnatomy(request));
}
