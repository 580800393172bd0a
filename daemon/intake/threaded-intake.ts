/**
 * Looks at the watched folder in a thread of its own: to list, read and sort 100,000 files takes a while, and takes memory whose
 * clearing away holds a thread up; the daemon answers meanwhile.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { VoxwatchError } from '../../core/errors.ts';
import { type ThreadAnswer, valueOf } from '../../core/thread-answer.ts';
import type { CompletenessPolicy } from './completeness.ts';
import type { FolderIntake } from './folder-intake.ts';
import type { Look } from './intake.ts';
import type { IntakeAnswer, IntakeRequest, IntakeTask } from './intake-messages.ts';
import { InputHearer, type ToldLook } from './told-inputs.ts';

/** Always the compiled thread: Node 20 cannot run the `.ts` file that tests import this module from. */
const THREAD_FILE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/daemon/intake/intake-thread.js' : './intake-thread.js', import.meta.url),
);

/**
 * The thread is started by the first question, and again by the next one where it has died.
 * @param threadFile - For tests.
 */
export function openThreadedIntake(dir: string, policy: CompletenessPolicy, threadFile = THREAD_FILE): FolderIntake {
  return new ThreadedIntake({ dir, policy }, threadFile);
}

/** Who waits for the look in progress. */
interface Asked {
  readonly resolve: (answer: ThreadAnswer<ToldLook>) => void;
  readonly reject: (why: Error) => void;
}

class ThreadedIntake implements FolderIntake {
  readonly #task: IntakeTask;
  readonly #threadFile: string;
  #thread: Worker | undefined;
  #hearer = new InputHearer();
  #asked: Asked | undefined;
  #watcher: { readonly onChange: () => void; readonly onLost: () => void } | undefined;

  constructor(task: IntakeTask, threadFile: string) {
    this.#task = task;
    this.#threadFile = threadFile;
  }

  async look(studyQuietPeriodMs: number | undefined): Promise<Look> {
    const thread = this.#running();
    const answer = await new Promise<ThreadAnswer<ToldLook>>((resolve, reject) => {
      this.#asked = { resolve, reject };
      ask(thread, { kind: 'look', studyQuietPeriodMs });
    });
    return this.#hearer.understand(valueOf(answer));
  }

  watch(onChange: () => void, onLost: () => void): void {
    const thread = this.#running();
    this.#watcher = { onChange, onLost };
    ask(thread, { kind: 'watch' });
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #running(): Worker {
    if (this.#thread) return this.#thread;
    const thread = new Worker(this.#threadFile, { workerData: this.#task });
    this.#thread = thread;
    // A new thread knows nothing of what was told before.
    this.#hearer = new InputHearer();
    thread.on('message', (message: IntakeAnswer) => this.#hear(thread, message));
    thread.on('error', (cause) => this.#end(thread, cause));
    thread.once('exit', () => this.#end(thread));
    if (this.#watcher) ask(thread, { kind: 'watch' });
    return thread;
  }

  #hear(thread: Worker, message: IntakeAnswer): void {
    if (message.kind === 'news') {
      this.#hearer.hear(message.news);
      ask(thread, { kind: 'more' });
    } else if (message.kind === 'look') this.#asked?.resolve(message.answer);
    else if (message.kind === 'changed') this.#watcher?.onChange();
    else this.#watcher?.onLost();
  }

  #end(thread: Worker, cause?: unknown): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    this.#asked?.reject(new VoxwatchError('INTERNAL', 'The thread that looks at the folder has ended.', {}, cause));
  }
}

function ask(thread: Worker, request: IntakeRequest): void {
  thread.postMessage(request);
}
