/**
 * @module
 */

/** Files read at a time: enough to keep a disk or a network share busy, few enough to stay small in memory. */
export const FILES_AT_A_TIME = 8;

/**
 * Calls an asynchronous function for every item, a few at a time.
 * @returns results in the order of the items. The first error is thrown; no further item is then begun.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  call: (item: T, index: number) => Promise<R>,
  atATime: number = FILES_AT_A_TIME,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await call(items[index] as T, index);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, lane));
  return results;
}
