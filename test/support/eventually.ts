/** For tests: waits until something is so that nobody tells. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** @param time milliseconds in which it has to be so @returns milliseconds that it took */
export async function eventually(isSo: () => boolean | Promise<boolean>, time = 10_000): Promise<number> {
  const began = performance.now();
  while (!(await isSo())) {
    assert.ok(performance.now() - began < time, `it is not so within ${time} ms`);
    await pause(5);
  }
  return performance.now() - began;
}
