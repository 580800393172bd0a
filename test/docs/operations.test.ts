/** Holds `docs/operations.md` and the examples in `deploy/` to what the daemon takes and gives. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_KINDS } from '../../core/errors.ts';
import { configJsonSchema, resolveConfig } from '../../daemon/config.ts';
import { DaemonMetrics } from '../../daemon/metrics/daemon-metrics.ts';

const read = (name: string): string => readFileSync(path.resolve(import.meta.dirname, '../..', name), 'utf8');
const page = read('docs/operations.md');

/** The indented text below `config.json: |`. */
function configMapOf(manifest: string): string {
  return /config\.json: \|\n((?: {4}.*\n)+)/.exec(manifest)?.[1] ?? '';
}

describe('the examples of config files', () => {
  it.each([
    ['deploy/config.json', read('deploy/config.json')],
    ['deploy/docker/rules.json', read('deploy/docker/rules.json')],
    ['deploy/kubernetes/voxwatch.yaml', configMapOf(read('deploy/kubernetes/voxwatch.yaml'))],
    ['docs/operations.md', /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? ''],
  ])('are taken: %s', (_name, text) => {
    const file = { path: '/etc/voxwatch/config.json', content: JSON.parse(text) as unknown };
    const config = resolveConfig({ flags: { in: '/in', out: '/out', httpToken: 'a-token-of-20-letters' }, environment: {}, file });
    expect(config.rules.series?.length).toBeGreaterThan(0);
  });
});

describe('the page', () => {
  it('names every metric, and none that is not there', () => {
    const metrics = new DaemonMetrics();
    const measurements = { secondsByStep: { read: 1, segment: 1, write: 1 }, provider: 'cpu', peakMemoryMb: 1 };
    metrics.attemptEnded({ end: 'failed', errorCode: 'INTERNAL', measurements });
    metrics.goldenChecked('passed');
    metrics.notificationEnded('delivered');
    const state = {
      queueDepth: 0,
      oldestSeconds: 0,
      waiting: 0,
      lookAgeSeconds: 0,
      isPaused: false,
      isLineStopped: false,
      freeBytes: 1,
      gpus: [{ index: 0, busyShare: 1, usedBytes: 1, totalBytes: 1 }],
    };
    const given = [...metrics.text(state).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name as string);
    const named = new Set([...page.matchAll(/voxwatch_[a-z_]+/g)].map(([name]) => name));
    // Every exporter has it; it needs no explanation.
    named.add('voxwatch_build_info');
    expect([...named].sort()).toEqual(given.sort());
  });

  it('names only options and error codes that there are', () => {
    const options = Object.keys((configJsonSchema() as { properties: object }).properties);
    const named = [...page.matchAll(/`((?:keep|min|after|stop|scan|http)[A-Z]\w*)`/g)].map(([, name]) => name as string);
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((name) => !options.includes(name))).toEqual([]);
    const codes = [...page.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, code]) => code as string);
    expect(codes.length).toBeGreaterThan(4);
    expect(codes.filter((code) => !(code in ERROR_KINDS))).toEqual([]);
  });
});
