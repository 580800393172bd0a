/**
 * What this daemon has on its hands: inputs it has queued, inputs that wait for the machine to be mended, and the count
 * of how all others ended. In memory only; rebuilt by looking at the folder.
 * @module
 */
import type { ErrorKind, VoxwatchError } from '../../core/errors.ts';
import type { AttemptEnd } from './attempt-report.ts';

/** How the inputs ended. */
export interface DrainSummary {
  readonly published: number;
  readonly refused: number;
  /** The kind of the gravest error that left inputs undone. */
  readonly failure?: Exclude<ErrorKind, 'usage' | 'refused'>;
}

export interface BacklogOptions {
  /** Whether an input that failed for a fault of the machine is tried again later. */
  readonly isRetrying: boolean;
  /** A queued input is offered to the queue again after so long: its row may be lost, with the daemon that took it or altogether. */
  readonly reofferMs: number;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
}

/** The first pause after a fault of the machine; doubled each time up to the longest. */
const FIRST_RETRY_MS = 15_000;
const LONGEST_RETRY_MS = 600_000;

export class Backlog {
  readonly #options: BacklogOptions;
  readonly #queued = new Map<string, { readonly addedMs: number; offeredMs: number }>();
  readonly #held = new Map<string, { readonly untilMs: number; readonly pauseMs: number }>();
  readonly #refused = new Set<string>();
  #published = 0;
  #failure: DrainSummary['failure'];
  #waiting: number | undefined;
  #isLookStale = false;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  /** Inputs queued and not yet ended. */
  get size(): number {
    return this.#queued.size;
  }

  /** How long the input that was queued first, and has not ended, has been queued. Milliseconds; absent if there is none. */
  get oldestMs(): number | undefined {
    const [first] = this.#queued.values();
    return first && this.#options.nowMs() - first.addedMs;
  }

  /** Series and files that the last look still waited for. */
  get waiting(): number {
    return this.#waiting ?? 0;
  }

  /** Whether the last look left nothing to wait for and nothing is queued. */
  get isDrained(): boolean {
    return this.#waiting === 0 && this.#queued.size === 0;
  }

  beginLook(): void {
    this.#isLookStale = false;
  }

  /** @returns Whether the number of inputs waited for has changed since the last look. */
  endLook(waiting: number): boolean {
    const before = this.#waiting;
    // An input that came back while we looked was passed over as queued: only the next look finds it.
    this.#waiting = this.#isLookStale ? undefined : waiting;
    return before !== waiting;
  }

  mayAdd(fingerprint: string): boolean {
    return !this.#queued.has(fingerprint) && this.#options.nowMs() >= (this.#held.get(fingerprint)?.untilMs ?? 0);
  }

  add(fingerprint: string): void {
    const nowMs = this.#options.nowMs();
    this.#queued.set(fingerprint, { addedMs: nowMs, offeredMs: nowMs });
  }

  /** Whether a queued input is to be offered again; asked once, it is for a while no more. */
  takeOffer(fingerprint: string): boolean {
    const queued = this.#queued.get(fingerprint);
    const nowMs = this.#options.nowMs();
    if (queued === undefined || nowMs - queued.offeredMs < this.#options.reofferMs) return false;
    queued.offeredMs = nowMs;
    return true;
  }

  /** The queue may have lost what it had: all is to be offered again at the next look. */
  renewOffers(): void {
    for (const queued of this.#queued.values()) queued.offeredMs = Number.NEGATIVE_INFINITY;
  }

  drop(fingerprint: string): void {
    this.#queued.delete(fingerprint);
  }

  noteRefused(fingerprint: string): void {
    this.#refused.add(fingerprint);
  }

  end(fingerprint: string, end: AttemptEnd, error: VoxwatchError | undefined): void {
    this.#queued.delete(fingerprint);
    if (end === 'again') {
      this.#waiting = undefined;
      this.#isLookStale = true;
    }
    if (end === 'published') this.#published++;
    if (end === 'refused') this.#refused.add(fingerprint);
    if (end === 'set-aside') this.#failure ??= 'failed';
    if (end === 'failed') this.#hold(fingerprint, error);
  }

  summary(): DrainSummary {
    const counts = { published: this.#published, refused: this.#refused.size };
    return this.#failure === undefined ? counts : { ...counts, failure: this.#failure };
  }

  #hold(fingerprint: string, error: VoxwatchError | undefined): void {
    const pauseMs = Math.min(LONGEST_RETRY_MS, (this.#held.get(fingerprint)?.pauseMs ?? FIRST_RETRY_MS / 2) * 2);
    const untilMs = this.#options.isRetrying ? this.#options.nowMs() + pauseMs : Number.POSITIVE_INFINITY;
    this.#held.set(fingerprint, { untilMs, pauseMs });
    this.#failure = error?.kind === 'missing' ? 'missing' : (this.#failure ?? 'failed');
  }
}
