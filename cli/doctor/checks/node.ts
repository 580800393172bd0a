/**
 * Is this a Node that voxwatch runs on?
 * @module
 */
import { failed, ok, type Point } from '../point.ts';

/** As `engines` in package.json; a test holds the two together. */
export const MIN_NODE = [20, 19] as const;

/** @param version - As `process.versions.node`. */
export function checkNode(version: string): Point {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  if (isNewEnough) return ok('Node', version);
  return failed('Node', version, `Install Node ${MIN_NODE.join('.')} or newer.`);
}
