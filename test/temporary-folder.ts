/**
 * One folder for whatever the tests of a run write: what they leave there goes when they end.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Called by vitest before its workers start: they, and what they start, take `TMPDIR` over. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'voxwatch-tests-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
