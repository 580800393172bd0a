import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../../daemon/job/deadline.ts';
import { monotonicMs } from '../../../daemon/monotonic-clock.ts';

const FAR_MS = 3_600_000;

describe('a deadline', () => {
  it('calls when its moment has passed, by itself and when it is asked', async () => {
    const onPassed = vi.fn();
    const deadline = new Deadline(onPassed);
    await deadline.check();
    deadline.set(monotonicMs() + FAR_MS);
    await deadline.check();
    expect(onPassed).not.toHaveBeenCalled();
    deadline.extend(monotonicMs());
    await vi.waitFor(() => expect(onPassed).toHaveBeenCalled());
    onPassed.mockClear();
    await deadline.check();
    expect(onPassed).toHaveBeenCalledOnce();
    deadline.set(undefined);
  });

  it('does not call for a job that has ended, or that was given more time', async () => {
    const onPassed = vi.fn();
    const deadline = new Deadline(onPassed);
    deadline.set(monotonicMs() + 20);
    deadline.extend(monotonicMs() + FAR_MS);
    await sleep(60);
    deadline.set(undefined);
    deadline.extend(monotonicMs() - 1);
    await sleep(20);
    expect(onPassed).not.toHaveBeenCalled();
  });

  it('hears the word that came while the process was busy', async () => {
    const onPassed = vi.fn();
    const deadline = new Deadline(onPassed);
    deadline.set(monotonicMs() + 5);
    // Queued behind the timer, as a message is that came during native work.
    const { port1, port2 } = new MessageChannel();
    port2.on('message', () => deadline.extend(monotonicMs() + FAR_MS));
    port1.postMessage('extend');
    const untilMs = monotonicMs() + 50;
    while (monotonicMs() < untilMs);
    await sleep(20);
    expect(onPassed).not.toHaveBeenCalled();
    deadline.set(undefined);
    port1.close();
  });
});
