/**
 * What the daemon counts, and the page of it. Labels are codes, names of steps and providers: nothing of an input.
 * @module
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { JOB_STEPS } from '../job/measurements.ts';
import type { AttemptReport } from '../queue/attempt-report.ts';
import { SOFTWARE } from '../results/software.ts';
import type { GpuUsage } from './gpu-usage.ts';
import { Counts, type Family, Histogram, prometheusText, type Sample } from './prometheus-text.ts';

/** From a slice in cache to a whole body on a slow machine, seconds. */
const STEP_BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800];

/** What is not counted but true at the moment of asking. */
export interface DaemonState {
  readonly queueDepth: number;
  readonly oldestSeconds: number;
  readonly waiting: number;
  /** Since the last look at the folder ended. */
  readonly lookAgeSeconds: number;
  readonly isPaused: boolean;
  readonly isLineStopped: boolean;
  /** Absent where it is not watched. */
  readonly freeBytes?: number;
  /** None where there is no NVIDIA driver. */
  readonly gpus?: readonly GpuUsage[];
}

export class DaemonMetrics {
  readonly #inputs = new Counts();
  readonly #failures = new Counts();
  readonly #providers = new Counts();
  readonly #steps = JOB_STEPS.map((step) => ({ step, histogram: new Histogram(STEP_BOUNDS) }));
  readonly #eventLoop = monitorEventLoopDelay();
  readonly #goldenChecks = new Counts();
  readonly #notifications = new Counts();
  #looksFailed = 0;
  #workerPeakBytes = 0;

  constructor() {
    this.#eventLoop.enable();
  }

  /** The daemon has started; that opening an embedded queue takes seconds in which nothing is answered is no news. */
  begin(): void {
    this.#eventLoop.reset();
  }

  attemptEnded({ end, errorCode, measurements }: AttemptReport): void {
    if (end !== 'again' && end !== 'already-done') this.#inputs.add(end);
    if (errorCode !== undefined) this.#failures.add(errorCode);
    if (measurements === undefined) return;
    for (const { step, histogram } of this.#steps) histogram.observe(measurements.secondsByStep[step]);
    this.#providers.add(measurements.provider);
    this.#workerPeakBytes = measurements.peakMemoryMb * 1e6;
  }

  inputEnded(kind: 'refused' | 'not-chosen', code: string): void {
    this.#inputs.add(kind);
    if (kind === 'refused') this.#failures.add(code);
  }

  goldenChecked(outcome: 'passed' | 'failed'): void {
    this.#goldenChecks.add(outcome);
  }

  notificationEnded(outcome: 'delivered' | 'refused' | 'given-up'): void {
    this.#notifications.add(outcome);
  }

  lookFailed(): void {
    this.#looksFailed++;
  }

  text(state: DaemonState): string {
    const gauge = (name: string, help: string, value: number | undefined): Family => ({
      ...{ name: `voxwatch_${name}`, help, type: 'gauge' },
      samples: value === undefined ? [] : [{ value }],
    });
    const gpuGauge = (name: string, help: string, valueOf: (gpu: GpuUsage) => number | undefined): Family => ({
      ...{ name: `voxwatch_gpu_${name}`, help, type: 'gauge' },
      samples: (state.gpus ?? []).flatMap((gpu) => {
        const value = valueOf(gpu);
        return value === undefined ? [] : [{ labels: { gpu: String(gpu.index) }, value }];
      }),
    });
    const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
      ...{ name: `voxwatch_${name}`, help, type: 'counter', samples },
    });
    return prometheusText([
      {
        ...{ name: 'voxwatch_build_info', help: 'Always 1; the label tells the version.', type: 'gauge' },
        samples: [{ labels: { version: SOFTWARE.version }, value: 1 }],
      },
      gauge('queue_depth', 'Series queued by this daemon and not yet ended, the running one included.', state.queueDepth),
      gauge('queue_oldest_seconds', 'How long the oldest of them has been queued.', state.oldestSeconds),
      gauge('intake_waiting', 'Series and files that are not complete yet.', state.waiting),
      gauge('intake_paused', '1 while there is too little room for results.', state.isPaused ? 1 : 0),
      gauge('line_stopped', '1 while a bundle fails its golden slice.', state.isLineStopped ? 1 : 0),
      gauge('look_age_seconds', 'Since the last look at the watched folder ended.', state.lookAgeSeconds),
      gauge('disk_free_bytes', 'Room for results.', state.freeBytes),
      gauge(
        'event_loop_longest_gap_seconds',
        'How long the daemon process once could not answer since it had started.',
        this.#eventLoop.max / 1e9,
      ),
      gauge('resident_memory_bytes', 'Memory of the daemon process.', process.memoryUsage.rss()),
      gauge('worker_peak_memory_bytes', 'The most memory the worker process has held.', this.#workerPeakBytes || undefined),
      gpuGauge('busy_share', 'Share of the last moments in which the GPU computed, 0 to 1.', ({ busyShare }) => busyShare),
      gpuGauge('memory_used_bytes', 'Memory of the GPU in use, by whomever.', ({ usedBytes }) => usedBytes),
      gpuGauge('memory_total_bytes', 'Memory of the GPU.', ({ totalBytes }) => totalBytes),
      counter('inputs_total', 'Inputs by outcome.', this.#inputs.samples('outcome')),
      counter('failures_total', 'Refusals and failed attempts by error code.', this.#failures.samples('code')),
      counter('provider_jobs_total', 'Jobs by the execution provider that ran them.', this.#providers.samples('provider')),
      counter('golden_checks_total', 'Checks of the golden slices of all bundles.', this.#goldenChecks.samples('outcome')),
      counter('notifications_total', 'Posts to the webhook and mails by outcome.', this.#notifications.samples('outcome')),
      counter('looks_failed_total', 'Looks at the watched folder that failed.', [{ value: this.#looksFailed }]),
      {
        ...{ name: 'voxwatch_step_seconds', help: 'How long each step of a job took.', type: 'histogram' },
        samples: this.#steps.flatMap(({ step, histogram }) => histogram.samples({ step })),
      },
    ]);
  }
}
