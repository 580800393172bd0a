/**
 * One folder for whatever the tests of a run write: what they leave there goes when they end.
 * @module
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Called by vitest before its workers start: they, and what they start, take `TMPDIR` over. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'voxwatch-tests-'));
  // Some tests start programs as another user.
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
