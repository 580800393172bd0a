import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../daemon/config.ts';

const FLAGS = { in: '/data/in', out: '/data/out' };

describe('options', () => {
  it('have defaults, absolute folders, and cannot be changed', () => {
    const config = resolveConfig({ flags: FLAGS, environment: {} });
    expect(config).toMatchObject({
      inDir: '/data/in',
      stateDir: '/data/out/.voxwatch-state',
      quietPeriodMs: 2_000,
      after: 'keep',
      once: false,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('come from flag before environment before file before default', () => {
    const file = {
      path: '/etc/voxwatch/config.json',
      content: { quietPeriodMs: 1, scanIntervalMs: 1, longQuietPeriodMs: 1, state: 'state' },
    };
    const environment = { VOXWATCH_QUIET_PERIOD_MS: '2', VOXWATCH_SCAN_INTERVAL_MS: '2', VOXWATCH_MODEL: 'a,b', PATH: '/bin' };
    const config = resolveConfig({ flags: { ...FLAGS, quietPeriodMs: 3, provider: undefined }, environment, file });
    expect(config).toMatchObject({ quietPeriodMs: 3, scanIntervalMs: 2, longQuietPeriodMs: 1, incompleteTimeoutMs: 60_000 });
    expect(config.models).toEqual(['a', 'b']);
    expect(config.stateDir).toBe('/etc/voxwatch/state');
  });

  it.each([
    ['an unknown key in the file', { flags: FLAGS, environment: {}, file: { path: '/c.json', content: { quietPeriod: 1 } } }],
    ['an unknown variable', { flags: FLAGS, environment: { VOXWATCH_QUIET: '1' } }],
    ['a number that is none', { flags: FLAGS, environment: { VOXWATCH_QUIET_PERIOD_MS: '2s' } }],
    ['a file that is no object', { flags: FLAGS, environment: {}, file: { path: '/c.json', content: [] } }],
    ['no watched folder', { flags: { out: '/o' }, environment: {} }],
    ['results inside the watched folder', { flags: { in: '/data', out: '/data/out' }, environment: {} }],
    ['move without a place to move to', { flags: { ...FLAGS, after: 'move' }, environment: {} }],
    ['a provider nobody knows', { flags: { ...FLAGS, provider: 'tpu' }, environment: {} }],
  ])('are refused: %s', (_what, sources) => {
    expect(() => resolveConfig(sources)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('do not mind what Kubernetes sets for a service named voxwatch', () => {
    const environment = { VOXWATCH_SERVICE_HOST: '10.0.0.1', VOXWATCH_PORT: 'tcp://10.0.0.1:80', VOXWATCH_PORT_80_TCP: 'x' };
    expect(() => resolveConfig({ flags: FLAGS, environment })).not.toThrow();
  });
});
