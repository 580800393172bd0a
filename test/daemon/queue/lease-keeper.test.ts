import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { monotonicMs } from '../../../daemon/monotonic-clock.ts';
import { LeaseKeeper } from '../../../daemon/queue/lease-keeper.ts';

const LEASE_MS = 40_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function keep(renew: () => Promise<number | undefined>) {
  const said: number[] = [];
  const startMs = monotonicMs();
  const job = { ...({ jobId: 'j', fingerprint: 'a', jobClass: 'any', handBacks: 0, ticket: 't', holder: 'h' } as const) };
  const keeper = new LeaseKeeper({
    queue: { renew },
    job: { ...job, untilMs: startMs + LEASE_MS },
    onExtended: (untilMs) => said.push(untilMs),
  });
  return { keeper, said, startMs };
}

describe('the keeper of a lease', () => {
  it('renews it in time, and gives the worker less than the lease has', async () => {
    const { keeper, said, startMs } = keep(async () => monotonicMs() + LEASE_MS);
    expect(keeper.firstUntilMs).toBeGreaterThan(startMs);
    expect(keeper.firstUntilMs).toBeLessThanOrEqual(startMs + 0.76 * LEASE_MS);
    await vi.advanceTimersByTimeAsync(LEASE_MS);
    expect(said.length).toBeGreaterThanOrEqual(3);
    for (const untilMs of said) expect(untilMs).toBeLessThan(monotonicMs() + 0.9 * LEASE_MS);
    keeper.stop();
    await vi.advanceTimersByTimeAsync(10 * LEASE_MS);
    expect(said.length).toBeLessThanOrEqual(4);
  });

  it('ends the work at once when another daemon has it, and leaves it be while nobody knows', async () => {
    const answers = [() => Promise.reject(new Error('no answer')), () => Promise.resolve(undefined)];
    const { keeper, said } = keep(() => (answers.shift() ?? (() => Promise.resolve(undefined)))());
    await vi.advanceTimersByTimeAsync(0.3 * LEASE_MS);
    expect(said).toEqual([]);
    await vi.advanceTimersByTimeAsync(0.3 * LEASE_MS);
    expect(said[0]).toBe(0);
    keeper.stop();
  });
});
