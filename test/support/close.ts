import assert from 'node:assert/strict';

/** Every value is within `tolerance` of the expected one, absolutely; the message says where it is not. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs((actual[index] as number) - (expected[index] as number));
    // Written so that NaN fails.
    if (!(difference <= tolerance)) {
      assert.fail(
        `${what}[${index}] is ${actual[index]} where ${expected[index]} is expected, ${difference} apart; at most ${tolerance} is allowed`,
      );
    }
  }
}

/** The tolerance for values of this size: `relative` times the largest magnitude, and never less than for size 1. */
export function scaledTolerance(expected: ArrayLike<number>, relative: number): number {
  return relative * Array.from(expected).reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
}

export function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}
