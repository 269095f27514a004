/** For tests: whether two answers are the same that different processes have computed. */
import assert from 'node:assert/strict';

/**
 * The same but for rounding, and but for what names a run or a moment.
 * @param tolerance of numbers, as a share of them where they are above 1
 */
export function assertNear(actual: unknown, expected: unknown, tolerance = 1e-6, path = ''): void {
  if (typeof expected === 'number') {
    const most = tolerance * Math.max(1, Math.abs(expected));
    assert.ok(Math.abs((actual as number) - expected) <= most, `${path}: ${actual}, not ${expected}`);
  } else if (typeof expected === 'object' && expected !== null) {
    for (const [key, value] of Object.entries(expected))
      if (!['id', 'run', 'at', 'elapsed', 'base64'].includes(key))
        assertNear((actual as Record<string, unknown>)[key], value, tolerance, `${path}.${key}`);
  } else assert.equal(actual, expected, path);
}
