/**
 * Seed → DICOM UID of the UUID-derived form `2.25.<decimal>`; the same seed always gives the same UID.
 * Sources: DICOM PS3.5 B.2, RFC 9562 (version 8: custom).
 * @module
 */
import { createHash } from 'node:crypto';

/**
 * @param seed - Anything that names the object, e.g. `7/series/1`.
 * @returns at most 44 characters.
 */
export function seededUid(seed: string): string {
  const bytes = createHash('sha256').update(seed).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
}
