/**
 * Where a label array holds something: most of it is background, so it is looked through four voxels at a time.
 * @module
 */

/** Labels of a word. */
const WORD = 4;

/**
 * Makes a search through a label array, which is not copied and may change meanwhile.
 * @returns the first place from `from` on, and before `end`, that holds a label ≠ 0; `end` where there is none.
 */
export function foregroundSearch(labels: Uint8Array): (from: number, end: number) => number {
  // A view needs a start at a multiple of four bytes: up to there voxels are looked at one by one.
  const toWord = (WORD - (labels.byteOffset % WORD)) % WORD;
  const words = Math.max(0, Math.floor((labels.length - toWord) / WORD));
  const view = words > 0 ? new Int32Array(labels.buffer, labels.byteOffset + toWord, words) : new Int32Array(0);
  return (from, end) => {
    let at = from;
    while (at < end && (at - toWord) % WORD !== 0) {
      if (labels[at] !== 0) return at;
      at++;
    }
    let word = (at - toWord) / WORD;
    for (const last = Math.floor((end - toWord) / WORD); word < last && view[word] === 0; ) word++;
    at = Math.max(at, word * WORD + toWord);
    while (at < end && labels[at] === 0) at++;
    return at;
  };
}
