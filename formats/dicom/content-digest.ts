/**
 * One frame's meaning and bytes → a short digest that tells two pictures under one name apart. Cheap: it samples the
 * pixels, so it is no proof that two are equal and no protection against malice.
 * Source: the FNV-1a hash (RFC 9923), 32 bits.
 * @module
 */

/** Bytes looked at in each part. */
const SAMPLES = 4096;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * @param parts - The frame's bytes.
 * @param facts - What else must be equal: position, size, rescale.
 * @returns 8 hex digits, a dash, and the number of bytes.
 */
export function contentDigest(parts: readonly Uint8Array[], facts: readonly unknown[]): string {
  let hash = FNV_OFFSET;
  let length = 0;
  const add = (byte: number): void => {
    hash = Math.imul(hash ^ byte, FNV_PRIME) >>> 0;
  };
  for (const character of JSON.stringify(facts)) add((character.codePointAt(0) as number) & 0xff);
  for (const part of parts) {
    length += part.length;
    // An odd stride, so that it is not always the low byte of a word that is looked at.
    const stride = Math.floor(part.length / SAMPLES) | 1;
    for (let at = 0; at < part.length; at += stride) add(part[at] as number);
  }
  return `${hash.toString(16).padStart(8, '0')}-${length}`;
}
