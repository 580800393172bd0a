/** The whole intake on writers of every kind, in counted time: `bench/start-delay.ts` has the table. */
import { expect, it } from 'vitest';
import { byEvidence, byQuietTime, simulateArrival } from '../../../bench/daemon/simulate-arrival.ts';
import { UGLY_WRITERS } from '../../../bench/daemon/ugly-writers.ts';

it.each(UGLY_WRITERS)('starts in time and never early: $name', async (writer) => {
  const { early, delayMs } = await simulateArrival(writer, byEvidence);
  expect(early).toBe(0);
  expect(delayMs).toBeLessThanOrEqual(writer.isEvident ? 3_000 : 15_000);
});

it('the same writers catch a rule that waits a fixed time', async () => {
  const caught = await Promise.all(UGLY_WRITERS.map((writer) => simulateArrival(writer, byQuietTime(5_000))));
  expect(caught.filter(({ early }) => early > 0).length).toBeGreaterThanOrEqual(3);
});
