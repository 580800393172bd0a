import { describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../../core/errors.ts';
import { firstProvider, SLOWEST_GOLDEN_MS } from '../../../runtime/sessions/first-provider.ts';
import type { ExecutionProvider, LoadedSessions, ProveSessions } from '../../../runtime/sessions/session.ts';

const AUTO = ['cuda', 'webgpu', 'cpu'] as const;

/** An engine that has some providers, and keeps account of what is open. */
function engine(has: readonly ExecutionProvider[]) {
  const isOpen = new Map<LoadedSessions, ExecutionProvider>();
  const open = async (provider: ExecutionProvider): Promise<LoadedSessions> => {
    if (!has.includes(provider)) throw new Error(`no ${provider} here\n  at some stack`);
    const loaded = { provider, sessions: [], batchSlices: 1, release: async () => void isOpen.delete(loaded) };
    isOpen.set(loaded, provider);
    return loaded;
  };
  return { open, openNow: () => [...isOpen.values()] };
}

const golden = { pixels: 4, differing: 0 };
const proveAll: ProveSessions = async () => ({ golden, warmMs: 5 });

function proveNot(wrong: ExecutionProvider): ProveSessions {
  return async ({ provider }) => {
    if (provider === wrong) throw new VoxwatchError('PROVIDER_UNAVAILABLE', 'The labels are wrong.');
    return { golden, warmMs: 5 };
  };
}

describe('firstProvider', () => {
  it('takes the first provider that loads and proves itself, and asks no further', async () => {
    const { open, openNow } = engine(AUTO);
    const opened = await firstProvider({ providers: AUTO, open })([], proveAll);
    expect(opened).toMatchObject({ provider: 'cuda', refused: [], golden });
    expect(openNow()).toEqual(['cuda']);
  });

  it('goes on to the next and keeps the reason of each that it passed over', async () => {
    const { open } = engine(['cpu']);
    const opened = await firstProvider({ providers: AUTO, open })([], proveAll);
    expect(opened.provider).toBe('cpu');
    expect(opened.refused).toEqual([
      { provider: 'cuda', reason: 'no cuda here.' },
      { provider: 'webgpu', reason: 'no webgpu here.' },
    ]);
  });

  it('passes over a provider that runs but computes something else, and releases it', async () => {
    const { open, openNow } = engine(AUTO);
    const opened = await firstProvider({ providers: AUTO, open })([], proveNot('cuda'));
    expect(opened.provider).toBe('webgpu');
    expect(opened.refused).toEqual([{ provider: 'cuda', reason: 'The labels are wrong.' }]);
    expect(openNow()).toEqual(['webgpu']);
  });

  it('passes over an adapter as slow as software, unless it was all that was asked for', async () => {
    const slow: ProveSessions = async ({ provider }) => ({ golden, warmMs: provider === 'webgpu' ? SLOWEST_GOLDEN_MS + 1 : 5 });
    const { open, openNow } = engine(['webgpu', 'cpu']);
    const opened = await firstProvider({ providers: AUTO, open })([], slow);
    expect(opened.provider).toBe('cpu');
    expect(opened.refused[1]?.reason).toMatch(/^It needed 3\.0 s for one slice/);
    expect(openNow()).toEqual(['cpu']);
    expect((await firstProvider({ providers: ['webgpu'], open })([], slow)).provider).toBe('webgpu');
  });

  it('fails closed: a provider that stands alone and is refused is an error, whatever else would run', async () => {
    const { open, openNow } = engine(AUTO);
    const failure = firstProvider({ providers: ['cuda'], open })([], proveNot('cuda'));
    await expect(failure).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: 'No execution provider could run this bundle. cuda: The labels are wrong.',
      details: { providers: ['cuda'] },
    });
    expect(openNow()).toEqual([]);
  });

  it('keeps the reason also when what it refuses cannot be released', async () => {
    const open = async (provider: ExecutionProvider): Promise<LoadedSessions> => ({
      provider,
      sessions: [],
      batchSlices: 1,
      release: () => Promise.reject(new Error('stuck')),
    });
    const opened = await firstProvider({ providers: ['cuda', 'cpu'], open })([], proveNot('cuda'));
    expect(opened.refused).toEqual([{ provider: 'cuda', reason: 'The labels are wrong.' }]);
  });

  it('without a proof takes what loads, and claims none', async () => {
    const opened = await firstProvider({ providers: AUTO, open: engine(AUTO).open })([]);
    expect(opened.provider).toBe('cuda');
    expect(opened).not.toHaveProperty('golden');
  });
});
