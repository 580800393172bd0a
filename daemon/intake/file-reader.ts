/**
 * Files read whole, one after another, into the same few buffers: to a slice of half a megabyte, fresh memory costs as much as
 * reading it.
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises';

/** Buffers that are longer are not kept: a file that large is a volume. */
const MOST_KEPT_BYTES = 8 << 20;

/** Buffers are whole multiples of it, so that files of nearly one length share them. */
const BUFFER_STEP_BYTES = 64 << 10;

/** Belongs to whoever reads a series; several files may be read at a time, each in a buffer of its own. */
export class FileReader {
  readonly #free: Uint8Array[] = [];

  /**
   * Reads a file and shows its bytes.
   * @param use - The bytes are those of another file as soon as it has ended: what it gives must hold none of them.
   * @throws what the file system throws, and what `use` does.
   */
  async read<T>(file: string, use: (bytes: Uint8Array) => T | Promise<T>): Promise<T> {
    const handle = await open(file, 'r');
    let buffer: Uint8Array;
    let length: number;
    try {
      const { size } = await handle.stat();
      buffer = this.#bufferOf(size);
      length = await readInto(handle, buffer, size);
    } finally {
      await handle.close();
    }
    try {
      return await use(buffer.subarray(0, length));
    } finally {
      if (buffer.length <= MOST_KEPT_BYTES) this.#free.push(buffer);
    }
  }

  #bufferOf(bytes: number): Uint8Array {
    const fitting = this.#free.findIndex(({ length }) => length >= bytes);
    const [found] = fitting < 0 ? [] : this.#free.splice(fitting, 1);
    return found ?? new Uint8Array(Math.ceil(Math.max(1, bytes) / BUFFER_STEP_BYTES) * BUFFER_STEP_BYTES);
  }
}

/** @returns the number of bytes that were there: fewer than it has, if the file was cut meanwhile. */
async function readInto(handle: FileHandle, buffer: Uint8Array, bytes: number): Promise<number> {
  let at = 0;
  while (at < bytes) {
    const { bytesRead } = await handle.read(buffer, at, bytes - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at;
}

/** Whether it is what the file system says: permissions, a file that is gone, a name that is no text. */
export function isSystemError(thrown: unknown): boolean {
  return typeof (thrown as { syscall?: unknown } | null)?.syscall === 'string';
}
