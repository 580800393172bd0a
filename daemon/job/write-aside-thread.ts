/**
 * The thread that writes mask and pictures for write-aside.ts, one result after another.
 * @module
 */
import { parentPort } from 'node:worker_threads';
import { type ThreadAnswer, threadAnswer } from '../../core/thread-answer.ts';
import { guardOutput } from '../results/publish.ts';
import { type ResultImages, writeImages } from '../results/write-images.ts';

/** What the thread is asked. */
export interface WriteQuestion {
  readonly folder: string;
  readonly images: ResultImages;
}

/** What it says: any number of pictures done, then how it ended. */
export type WriteNews = { readonly done: number; readonly total: number } | { readonly end: ThreadAnswer<true> };

const tell = (news: WriteNews): void => parentPort?.postMessage(news);

parentPort?.on('message', async ({ folder, images }: WriteQuestion) => {
  const write = async (): Promise<true> => {
    await writeImages(folder, images, (done, total) => tell({ done, total }));
    return true;
  };
  // What the system says of a full disk would not survive the way between threads.
  tell({ end: await threadAnswer(() => guardOutput(write)) });
});
