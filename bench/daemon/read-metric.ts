/**
 * One number of a running daemon's `/metrics`.
 * @module
 */
import type { WatchProcess } from './watch-process.ts';

/** @param watch - Started with `--http 127.0.0.1:0`. @returns NaN where the page has no such number. */
export async function readMetric({ log }: WatchProcess, name: string): Promise<number> {
  const port = /"http.listening","port":(\d+)/.exec(log())?.[1];
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}
