/**
 * Whether the queue answers: what the queue tells of itself, for who has to go by it.
 * @module
 */
import type { VoxwatchError } from '../../core/errors.ts';
import type { QueueWatch } from './job-queue.ts';

export class QueueHealth implements QueueWatch {
  /** Resolves when the queue is given up; mostly never. */
  readonly givenUp: Promise<VoxwatchError>;
  readonly #reopened: () => void;
  #giveUp: (error: VoxwatchError) => void = () => {};
  #isAway = false;

  /** @param reopened - What is to be done when the queue is back, and may be empty. */
  constructor(reopened: () => void) {
    this.#reopened = reopened;
    this.givenUp = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  onLost(): void {
    this.#isAway = true;
  }

  onReopened(): void {
    this.#isAway = false;
    this.#reopened();
  }

  onGivenUp(error: VoxwatchError): void {
    this.#giveUp(error);
  }
}
