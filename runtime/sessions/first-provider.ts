/**
 * A list of execution providers → sessions on the first that loads a bundle's networks and proves itself.
 *
 * The fall-back is ours and never silent: each provider that is passed over keeps its reason. Knows no engine, so that a
 * test can play one; `session-node.ts` is the real one.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { refusalReason } from './refusal-reason.ts';
import type { ExecutionProvider, LoadedSessions, OpenedSessions, OpenSessions, RefusedProvider } from './session.ts';
import { sparingSessions } from './spare-memory.ts';

/**
 * A provider that needs longer for one golden slice once it is warm is passed over for the next: a software adapter, as
 * machines without a GPU have, takes about 15 s a slice where the CPU provider takes 0.2 s and a GPU less.
 */
export const SLOWEST_GOLDEN_MS = 3_000;

export interface ProviderList {
  /** Asked in this order. */
  readonly providers: readonly ExecutionProvider[];
  /** Loads all networks on one provider, its own fall-back switched off, and runs each once; rejects where it cannot. */
  readonly open: (provider: ExecutionProvider, models: Parameters<OpenSessions>[0]) => Promise<LoadedSessions>;
}

/** Asks the providers in their order, see {@link OpenSessions}. A list of one fails closed. */
export function firstProvider({ providers, open }: ProviderList): OpenSessions {
  return async (models, prove): Promise<OpenedSessions> => {
    const refused: RefusedProvider[] = [];
    const mayUseCpu = providers.includes('cpu');
    for (const [index, provider] of providers.entries()) {
      let loaded: LoadedSessions | undefined;
      try {
        loaded = await open(provider, models);
        const used = provider === 'cpu' ? loaded : sparingSessions(loaded, mayUseCpu ? () => open('cpu', models) : undefined);
        if (prove === undefined) return { ...used, refused };
        const { golden, warmMs } = await prove(loaded, () => open('cpu', models));
        if (warmMs > SLOWEST_GOLDEN_MS && index < providers.length - 1) throw tooSlow(warmMs);
        return { ...used, refused, golden };
      } catch (thrown) {
        refused.push({ provider, reason: refusalReason(thrown) });
        // What could not be used is let go; that it also fails to go adds nothing to the reason.
        await loaded?.release().catch(() => {});
      }
    }
    const reasons = refused.map(({ provider, reason }) => `${provider}: ${reason}`).join(' ');
    throw new VoxwatchError('PROVIDER_UNAVAILABLE', `No execution provider could run this bundle. ${reasons}`, {
      providers: [...providers],
      reasons: refused.map(({ reason }) => reason),
    });
  };
}

function tooSlow(warmMs: number): VoxwatchError {
  return new VoxwatchError(
    'PROVIDER_UNAVAILABLE',
    `It needed ${(warmMs / 1000).toFixed(1)} s for one slice, as a software adapter does: no GPU answers.`,
  );
}
