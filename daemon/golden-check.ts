/**
 * Now and then each bundle must show again that it gives the labels of its golden slice here. When one does not, the line
 * stops: nothing more is taken up until all of them do.
 *
 * A bundle is proved whenever it is loaded; but a daemon runs for months, while drivers, libraries, disks and memory change
 * under it.
 * @module
 */
import { asVoxwatchError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { PrecisionChoice } from '../core/model-variants.ts';
import type { JobRunner, ProviderChoice } from './job/job.ts';

const HOUR_MS = 3_600_000;
/** A line that is stopped is tried again so often: whoever mends it need not restart the daemon. */
const STOPPED_INTERVAL_MS = 600_000;

export interface GoldenCheckOptions {
  readonly runner: Pick<JobRunner, 'prove'>;
  /** Folders of the bundles in use. */
  readonly bundleDirs: () => readonly string[];
  readonly provider: ProviderChoice;
  readonly precision?: PrecisionChoice;
  /** 0: never. */
  readonly intervalHours: number;
  readonly logger: Logger;
  /** The line was stopped, for an error, or resumed. */
  readonly onChange: (errorCode: string | undefined) => void;
  readonly onChecked: (outcome: 'passed' | 'failed') => void;
}

export class GoldenCheck {
  readonly #options: GoldenCheckOptions;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #isChecking = false;
  #isClosed = false;

  constructor(options: GoldenCheckOptions) {
    this.#options = options;
    this.#intervalMs = options.intervalHours * HOUR_MS;
  }

  /** Whether a bundle failed: nobody may work. */
  get isLineStopped(): boolean {
    return this.#isStopped;
  }

  /** Whether no job may begin now: a bundle failed, or is just being looked at. */
  get isHolding(): boolean {
    return this.#isStopped || this.#isChecking;
  }

  start(): void {
    if (this.#intervalMs > 0) this.#wait();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #wait(): void {
    if (this.#isClosed) return;
    const ms = this.#isStopped ? Math.min(STOPPED_INTERVAL_MS, this.#intervalMs) : this.#intervalMs;
    this.#timer = setTimeout(() => void this.#check().then(() => this.#wait()), ms);
  }

  async #check(): Promise<void> {
    const { runner, bundleDirs, provider, precision, logger, onChecked } = this.#options;
    const startMs = performance.now();
    this.#isChecking = true;
    try {
      for (const bundleDir of bundleDirs()) await runner.prove(bundleDir, provider, precision);
      logger.info('golden.checked', { durationMs: Math.round(performance.now() - startMs) });
      onChecked('passed');
      this.#change(undefined);
    } catch (thrown) {
      // Our own end took the worker away.
      if (this.#isClosed) return;
      onChecked('failed');
      this.#change(asVoxwatchError(thrown).code);
    } finally {
      this.#isChecking = false;
    }
  }

  #change(errorCode: string | undefined): void {
    const isStopped = errorCode !== undefined;
    if (isStopped === this.#isStopped) return;
    this.#isStopped = isStopped;
    if (isStopped) this.#options.logger.error('line.stopped', { errorCode });
    else this.#options.logger.info('line.resumed');
    this.#options.onChange(errorCode);
  }
}
