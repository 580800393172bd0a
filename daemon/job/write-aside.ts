/**
 * Mask and pictures of one bundle's result, written in a thread while the networks are at work on the next: the next bundle
 * over the same study, or the next study.
 *
 * `session.run` holds its thread for as long as a batch takes, so what is drawn beside it must be drawn in another. One
 * result is written at a time: a second one waits, so no more than one study is in memory for it.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ownBuffer } from '../../core/own-buffer.ts';
import { valueOf } from '../../core/thread-answer.ts';
import { type ResultImages, type WriteImages, writeImages } from '../results/write-images.ts';
import type { WriteNews, WriteQuestion } from './write-aside-thread.ts';

/** Always the compiled thread: Node 20 cannot run the `.ts` file that tests import this module from. */
const THREAD_FILE = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/daemon/job/write-aside-thread.js' : './write-aside-thread.js',
    import.meta.url,
  ),
);

/** A study may take so much of the memory that is left: the next one needs some too. */
const SHARE_OF_MEMORY = 0.25;

/** And no more than this, bytes: 1,000 slices of 512 × 512. Larger ones are written before the next begins. */
const MOST_BYTES = 800e6;

/** What is to be written. */
export interface AsideQuestion extends WriteQuestion {
  readonly onPicture: Parameters<WriteImages>[2];
  /** Whether the volume's voxels are needed here afterwards: a copy of them is written. */
  readonly keepsVolume?: boolean;
}

export interface WriteAsideOptions {
  /** Memory that is left, cgroups included; for tests. */
  readonly availableBytes?: () => number;
}

export class WriteAside {
  readonly #availableBytes: () => number;
  #thread: Worker | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor({ availableBytes = () => process.availableMemory() }: WriteAsideOptions = {}) {
    this.#availableBytes = availableBytes;
  }

  /** Starts the thread, so that it is there when something is to be written. */
  prepare(): void {
    this.#running();
  }

  /**
   * Writes, as {@link writeImages} does. The voxels of `images` are given away: nobody may look at them afterwards, but at
   * those of a volume that is kept.
   * @param onAside - Called when the writing has begun in the thread, if it does: this thread is free.
   * @throws {VoxwatchError} `OUTPUT_NOT_WRITABLE`, or `INTERNAL` where the thread ends.
   */
  async write({ folder, images, onPicture, keepsVolume = false }: AsideQuestion, onAside: () => void = () => {}): Promise<void> {
    const bytes = images.volume.hu.byteLength + images.labelMap.labels.byteLength;
    if (bytes > Math.min(MOST_BYTES, this.#availableBytes() * SHARE_OF_MEMORY)) return writeImages(folder, images, onPicture);
    const written = this.#last.then(() => {
      const { volume } = images;
      const given = keepsVolume ? { ...images, volume: { ...volume, hu: volume.hu.slice() } } : images;
      const writing = this.#inThread({ folder, images: given }, onPicture);
      onAside();
      return writing;
    });
    this.#last = written.catch(() => {});
    return written;
  }

  #inThread({ folder, images }: WriteQuestion, onPicture: Parameters<WriteImages>[2]): Promise<void> {
    const thread = this.#running();
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        thread.off('message', onNews).off('error', onEnd).off('exit', onEnd);
        action();
      };
      const onNews = (news: WriteNews): void => {
        if (!('end' in news)) return onPicture(news.done, news.total);
        settle(() => {
          try {
            valueOf(news.end);
            resolve();
          } catch (thrown) {
            reject(thrown);
          }
        });
      };
      const onEnd = (cause: unknown): void => {
        this.#thread = undefined;
        settle(() => reject(cause instanceof Error ? cause : new Error('the writing thread ended without an answer')));
      };
      thread.on('message', onNews).on('error', onEnd).on('exit', onEnd);
      const hu = ownBuffer(images.volume.hu);
      const labels = ownBuffer(images.labelMap.labels);
      const { volume, labelMap } = images;
      const given: ResultImages = { ...images, volume: { ...volume, hu }, labelMap: { ...labelMap, labels } };
      thread.postMessage({ folder, images: given } satisfies WriteQuestion, [hu.buffer, labels.buffer]);
    });
  }

  /** It is kept: to load what draws and compresses takes as long as a small study. */
  #running(): Worker {
    if (this.#thread) return this.#thread;
    const thread = new Worker(THREAD_FILE);
    // A process that has nothing else to do ends.
    thread.unref();
    return (this.#thread = thread);
  }
}
