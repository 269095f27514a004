import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RunIds } from './run-ids.ts';

describe('ids of runs', () => {
  it('are UUIDs of version 7 that begin with the time', () => {
    // The time of the example in RFC 9562, appendix A.6.
    const id = new RunIds(() => new Date(0x017f22e279b0)).next();
    assert.match(id, /^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('are in the order in which they were made, also when the clock stands still or goes back', () => {
    const times = [...Array(10_000).fill(5000), 4000, 4000, 9000, 9001];
    const ids = new RunIds(() => new Date(times.shift() ?? 0));
    const made = Array.from({ length: times.length }, () => ids.next());
    assert.deepEqual(made, [...new Set(made)].sort());
  });
});
