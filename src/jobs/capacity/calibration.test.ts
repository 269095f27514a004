import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { calibrate, secondsOf, slowest } from './calibration.ts';

describe('the calibration', () => {
  it('is measured once for all who ask, and finds the machine faster than the slowest', async () => {
    const [one, other] = await Promise.all([calibrate(1), calibrate(1)]);
    assert.equal(one, other);
    assert.equal(await calibrate(1), one);
    for (const [unit, seconds] of Object.entries(one)) {
      assert.ok(seconds > 0 && seconds < slowest[unit as keyof typeof slowest], `${unit}: ${seconds}`);
    }
  });

  it('makes seconds of what is counted, and none of what is not', () => {
    const machine = { flops: 1, weights: 10, elements: 100, runs: 1000, loadedBytes: 10_000, sessions: 100_000 };
    assert.equal(secondsOf({ flops: 2, weights: 3, elements: 4, runs: 5 }, machine), 5432);
    assert.equal(secondsOf({ loadedBytes: 6 }, machine), 60_000);
    assert.equal(secondsOf({}, machine), 0);
  });
});
