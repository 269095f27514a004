/** Brings files into the system's page cache by reading them: Node knows no `posix_fadvise`. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { FileRange } from '../onnx/file-range.ts';

/** Bytes that are read, or found to be there, together. */
const piece = 1 << 21;
/** Milliseconds: a byte that comes sooner comes from memory, no disk is so fast. */
const fromMemory = 0.05;

const bytes = new Uint8Array(piece);

/** Reads so many bytes from a place of a file; what they are, nobody wants to know. */
export type Read = (descriptor: number, length: number, at: number) => void;

/**
 * Reads what of a range is not in memory yet; what is, costs next to nothing. A file that cannot be read is left to whoever
 * computes with it.
 * @param goesOn asked before each piece
 */
export function bring({ file, offset, length }: FileRange, goesOn: () => boolean, read: Read = discard): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    for (let at = offset; at < offset + length && goesOn(); at += piece) {
      const size = Math.min(piece, offset + length - at);
      // What comes and goes together is asked for its first and its last byte.
      if (!(isThere(descriptor, at, read) && isThere(descriptor, at + size - 1, read))) read(descriptor, size, at);
    }
  } catch {
    return;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function isThere(descriptor: number, at: number, read: Read): boolean {
  const began = performance.now();
  read(descriptor, 1, at);
  return performance.now() - began < fromMemory;
}

function discard(descriptor: number, length: number, at: number): void {
  readSync(descriptor, bytes, 0, length, at);
}
