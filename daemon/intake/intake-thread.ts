/**
 * The thread that looks at the watched folder, for threaded-intake.ts: lists, reads headers, groups series, decides.
 * @module
 */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { threadAnswer } from '../../core/thread-answer.ts';
import { discoverSeries } from './discover-series.ts';
import { HeaderCache } from './header-cache.ts';
import { Intake } from './intake.ts';
import type { IntakeAnswer, IntakeRequest, IntakeTask } from './intake-messages.ts';
import { InputTeller } from './told-inputs.ts';
import { watchFolder } from './watch-folder.ts';

/** Changes come in swarms: no more than one word in so long. */
const CHANGE_MS = 50;

const { dir, policy } = workerData as IntakeTask;
const cache = new HeaderCache();
const teller = new InputTeller();
let studyQuietPeriodMs: number | undefined;
const intake = new Intake(dir, policy, {
  discover: (path) => discoverSeries(path, { cache, nameLooseFilesBy: 'digest' }),
  nowMs: () => performance.now(),
  studyQuietPeriodMs: () => studyQuietPeriodMs,
});

parentPort?.on('message', (request: IntakeRequest) => {
  if (request.kind === 'watch')
    watchFolder(
      dir,
      calmly(() => tell({ kind: 'changed' })),
      () => tell({ kind: 'events-lost' }),
    );
  if (request.kind !== 'look') return;
  studyQuietPeriodMs = request.studyQuietPeriodMs;
  void look();
});

async function look(): Promise<void> {
  const answer = await threadAnswer(async () => {
    const { news, look } = teller.tell(await intake.look());
    for (const piece of news) {
      tell({ kind: 'news', news: piece });
      await once(parentPort as NonNullable<typeof parentPort>, 'message');
    }
    return look;
  });
  tell({ kind: 'look', answer });
}

function tell(message: IntakeAnswer): void {
  parentPort?.postMessage(message);
}

/** Calls at once, and then at most once in a while, the last time after the last call. */
function calmly(call: () => void): () => void {
  let isResting = false;
  let isDue = false;
  const run = (): void => {
    isDue = isResting;
    if (isResting) return;
    call();
    isResting = true;
    setTimeout(() => {
      isResting = false;
      if (isDue) run();
    }, CHANGE_MS);
  };
  return run;
}
