/**
 * A clock that all processes of one machine share: it never goes back, no clock change moves it, and it goes on while a
 * process is stopped (SIGSTOP).
 * @module
 */

const NS_A_MS = 1_000_000n;

/** Milliseconds since some moment that is the same for all processes since the machine was started. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / NS_A_MS);
}
