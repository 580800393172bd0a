import { describe, expect, it } from 'vitest';
import { DaemonMetrics } from '../../../daemon/metrics/daemon-metrics.ts';
import { Counts, Histogram, prometheusText } from '../../../daemon/metrics/prometheus-text.ts';

describe('the text of metrics', () => {
  it('is what the format asks for: help, type, escaped labels, cumulative buckets', () => {
    const histogram = new Histogram([1, 10]);
    for (const value of [0.5, 1, 5, 50]) histogram.observe(value);
    const counts = new Counts();
    for (const label of ['a"b\\c\nd', 'x', 'x']) counts.add(label);
    expect(
      prometheusText([
        { name: 'n_total', help: 'two\nlines \\', type: 'counter', samples: counts.samples('code') },
        { name: 'none', help: 'left out', type: 'gauge', samples: [] },
        { name: 's', help: 'seconds', type: 'histogram', samples: histogram.samples({ step: 'read' }) },
      ]),
    ).toBe(
      [
        '# HELP n_total two\\nlines \\\\',
        '# TYPE n_total counter',
        'n_total{code="a\\"b\\\\c\\nd"} 1',
        'n_total{code="x"} 2',
        '# HELP s seconds',
        '# TYPE s histogram',
        's_bucket{step="read",le="1"} 2',
        's_bucket{step="read",le="10"} 3',
        's_bucket{step="read",le="+Inf"} 4',
        's_sum{step="read"} 56.5',
        's_count{step="read"} 4',
        '',
      ].join('\n'),
    );
  });
});

describe("the daemon's metrics", () => {
  it('count outcomes, failures by code, providers and steps; an attempt that is repeated is no outcome', () => {
    const metrics = new DaemonMetrics();
    const measurements = { secondsByStep: { read: 0.2, segment: 3, write: 0.05 }, provider: 'cpu', peakMemoryMb: 500 };
    metrics.attemptEnded({ end: 'again', errorCode: 'WORKER_DIED' });
    metrics.attemptEnded({ end: 'published', measurements });
    metrics.inputEnded('refused', 'DICOM_LOCALIZER');
    metrics.inputEnded('not-chosen', 'OTHER_SERIES');
    metrics.lookFailed();
    const state = {
      queueDepth: 2,
      oldestSeconds: 7.5,
      waiting: 1,
      lookAgeSeconds: 3,
      isPaused: true,
      isLineStopped: false,
      freeBytes: 5e9,
    };
    const lines = metrics.text(state).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'voxwatch_queue_depth 2',
        'voxwatch_queue_oldest_seconds 7.5',
        'voxwatch_intake_paused 1',
        'voxwatch_disk_free_bytes 5000000000',
        'voxwatch_worker_peak_memory_bytes 500000000',
        'voxwatch_inputs_total{outcome="published"} 1',
        'voxwatch_inputs_total{outcome="refused"} 1',
        'voxwatch_inputs_total{outcome="not-chosen"} 1',
        'voxwatch_failures_total{code="WORKER_DIED"} 1',
        'voxwatch_failures_total{code="DICOM_LOCALIZER"} 1',
        'voxwatch_provider_jobs_total{provider="cpu"} 1',
        'voxwatch_looks_failed_total 1',
        'voxwatch_step_seconds_bucket{step="segment",le="2.5"} 0',
        'voxwatch_step_seconds_bucket{step="segment",le="5"} 1',
        'voxwatch_step_seconds_count{step="write"} 1',
      ]),
    );
    expect(lines.filter((line) => line.startsWith('voxwatch_inputs_total'))).toHaveLength(3);
  });
});
