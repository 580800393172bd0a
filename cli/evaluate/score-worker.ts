/**
 * The thread that scores cases for score-threads.ts.
 * @module
 */

import { type ThreadAnswer, threadAnswer } from '../../core/thread-answer.ts';
import type { LabelMap } from '../../core/volume.ts';
import { type CaseScores, type ScoreOptions, scoreCase } from '../../evaluate/score-case.ts';

export interface ScoreRequest {
  readonly prediction: LabelMap;
  readonly truth: LabelMap;
  readonly options: ScoreOptions;
}

export default function score({ prediction, truth, options }: ScoreRequest): Promise<ThreadAnswer<CaseScores>> {
  return threadAnswer(() => scoreCase(prediction, truth, options));
}
