import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pace } from './pace.ts';

describe('the pace of a sweep', () => {
  let now = 0;
  const clock = () => now;

  it('is what was computed since it began, and then lately', () => {
    now = 1000;
    const pace = new Pace(clock);
    assert.equal(pace.rowsPerSecond, null);
    now = 2000;
    pace.note(64);
    assert.equal(pace.rowsPerSecond, 64);
    now = 3000;
    pace.note(64);
    assert.equal(pace.rowsPerSecond, 64);
    // Half as fast for a minute.
    for (let second = 0; second < 60; second++) {
      now += 1000;
      pace.note(32);
    }
    assert.equal(pace.rowsPerSecond, 32);
  });

  it('is none while nothing is computed for long', () => {
    now = 0;
    const pace = new Pace(clock);
    now = 1000;
    pace.note(10);
    now = 40_000;
    assert.equal(pace.rowsPerSecond, null);
  });
});
