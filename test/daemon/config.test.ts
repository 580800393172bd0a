import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configJsonSchema, resolveConfig } from '../../daemon/config.ts';

const SCHEMA = fileURLToPath(new URL('../../docs/schemas/watch-config.schema.json', import.meta.url));
const inFile = (content: object) => ({ flags: FLAGS, environment: {}, file: { path: '/c.json', content } });

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
    ['a role without a database that others share', { flags: { ...FLAGS, role: 'worker' }, environment: {} }],
    ['once with half of the work', { flags: { ...FLAGS, role: 'intake', once: true, database: 'postgres://a' }, environment: {} }],
    ['a lease too short to be renewed', { flags: { ...FLAGS, leaseMs: 10 }, environment: {} }],
    ['a provider nobody knows', { flags: { ...FLAGS, provider: 'tpu' }, environment: {} }],
  ])('are refused: %s', (_what, sources) => {
    expect(() => resolveConfig(sources)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it.each([
    ['rules.series[0].when.boddyPart is no option', { rules: { series: [{ name: 'a', when: { boddyPart: 'X' } }] } }],
    ['rules.serie is no option', { rules: { serie: [] } }],
    [
      'rules.series[1].when.slices.maximum is no option',
      { rules: { series: [{ name: 'a' }, { name: 'b', when: { slices: { maximum: 3 } } }] } },
    ],
    ['rules.series[0].when.slices: min is above max', { rules: { series: [{ name: 'a', when: { slices: { min: 3, max: 2 } } }] } }],
    ['rules.series[0].name: small letters, digits and hyphens', { rules: { series: [{ name: 'A b' }] } }],
    ['rules.series: two rules have the same name', { rules: { series: [{ name: 'a' }, { name: 'a' }] } }],
  ])('name the place of a mistake: %s', (place, content) => {
    const message = expect.stringContaining(place);
    expect(() => resolveConfig(inFile(content))).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID', message }));
  });

  it('listen beyond this machine only with a token, which is not too short', () => {
    const withHttp = (http: string, httpToken?: string) => () =>
      resolveConfig({ flags: { ...FLAGS, http, httpToken }, environment: {} });
    expect(withHttp('127.0.0.1:9090')().http).toEqual({ host: '127.0.0.1', port: 9090 });
    const refused = expect.objectContaining({ code: 'CONFIG_INVALID' });
    for (const http of ['0.0.0.0:9090', '[::]:9090', 'voxwatch.example:9090']) expect(withHttp(http)).toThrowError(refused);
    expect(withHttp('0.0.0.0:9090', 'short')).toThrowError(refused);
    expect(withHttp('0.0.0.0:9090', 'a-token-of-20-letters')().httpToken).toBe('a-token-of-20-letters');
    expect(withHttp('9090')).toThrowError(refused);
  });

  it('name a webhook only with a secret, and only where nobody else can read', () => {
    const withHook = (webhook: string, webhookSecret?: string) => () =>
      resolveConfig(inFile({ webhook, ...(webhookSecret && { webhookSecret }) }));
    const refused = expect.objectContaining({ code: 'CONFIG_INVALID' });
    const secret = 'a-secret-of-20-letters';
    expect(withHook('https://alerts.example/x', secret)().webhook).toBe('https://alerts.example/x');
    expect(withHook('http://127.0.0.1:8080/x', secret)().notifyOn).toContain('line-stopped');
    expect(withHook('https://alerts.example/x')).toThrowError(refused);
    for (const url of ['http://alerts.example/x', 'ftp://127.0.0.1/x', 'alerts'])
      expect(withHook(url, secret)).toThrowError(refused);
    expect(() => resolveConfig(inFile({ notifyOn: ['everything'] }))).toThrowError(refused);
  });

  it('name a mail server only with sender and receivers, and repeat no password', () => {
    const mail = { mailServer: 'smtps://alarm:s3cret@mail.example', mailFrom: 'a@b.example', mailTo: ['c@d.example'] };
    expect(resolveConfig(inFile(mail)).mailTo).toEqual(['c@d.example']);
    const environment = {
      VOXWATCH_MAIL_SERVER: mail.mailServer,
      VOXWATCH_MAIL_FROM: 'a@b.example',
      VOXWATCH_MAIL_TO: 'c@d.example,e@f.example',
    };
    expect(resolveConfig({ flags: FLAGS, environment }).mailTo).toEqual(['c@d.example', 'e@f.example']);
    for (const wrong of [
      { mailServer: 'http://alarm:s3cret@mail.example' },
      { mailFrom: undefined },
      { mailTo: [] },
      { mailTo: ['x'] },
    ]) {
      const resolving = () => resolveConfig(inFile({ ...mail, ...wrong }));
      expect(resolving).toThrowError(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('s3cret') }),
      );
    }
  });

  it('give rules only in the file', () => {
    expect(() => resolveConfig({ flags: FLAGS, environment: { VOXWATCH_RULES: '{}' } })).toThrowError(
      /VOXWATCH_RULES is no option/,
    );
    expect(resolveConfig(inFile({ rules: { series: [{ name: 'a', when: { bodyPart: 'LIVER' } }] } })).rules).toEqual({
      oneSeriesPerStudy: false,
      studyQuietPeriodMs: 60_000,
      series: [{ name: 'a', when: { bodyPart: ['LIVER'] } }],
    });
  });

  it('are published as a JSON Schema', () => {
    expect(readFileSync(SCHEMA, 'utf8')).toBe(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  });

  it('do not mind what Kubernetes sets for a service named voxwatch', () => {
    const environment = { VOXWATCH_SERVICE_HOST: '10.0.0.1', VOXWATCH_PORT: 'tcp://10.0.0.1:80', VOXWATCH_PORT_80_TCP: 'x' };
    expect(() => resolveConfig({ flags: FLAGS, environment })).not.toThrow();
  });
});
