import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aboutOf, busyOf, memoryOf } from './words.ts';

describe('a worker in words', () => {
  it('is idle, or has places busy', () => {
    const said = [
      [0, 1],
      [0, 4],
      [1, 1],
      [3, 4],
    ].map(([running = 0, places = 0]) => busyOf({ running, places }));
    assert.deepEqual(said, ['idle', 'idle, 4 places', '1 of 1 place busy', '3 of 4 places busy']);
  });

  it('has its memory, its age and its version, and its speed where that is measured', () => {
    assert.equal(memoryOf({ memory: { used: 0, total: 8e9 } }), '0 B of 8 GB');
    const startedAt = new Date(1e12 - 240_000).toISOString();
    assert.equal(aboutOf({ speed: null, startedAt, program: '1.2.3' }, 1e12), 'started 4 min ago · version 1.2.3');
    const speed = { flops: 1.234e11, bandwidth: null };
    assert.match(aboutOf({ speed, startedAt, program: '1.2.3' }, 1e12), /^120 GFLOP\/s · started/);
  });
});
