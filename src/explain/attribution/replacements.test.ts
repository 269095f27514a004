import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { passingTokens } from './batch.ts';
import { batchesOf, type Replaced } from './replacements.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, position) => position);

describe('runs with replaced tokens', () => {
  it('go on from the position where they leave the run that they share most with', () => {
    const all = upTo(6);
    const runs: Replaced[] = [[4], [0, 1, 2, 5], [0], [1, 3], all, []];
    const from = new Map<Replaced | undefined, unknown>();
    for (const [run, replaced] of runs.entries()) {
      const [batch] = batchesOf({ origins: [[], all], runs: [replaced], read: [5] });
      from.set(runs[run], [batch?.origin, batch?.from]);
    }
    // Those that are an origin themselves run their last position anew.
    const expected = [
      [0, 4],
      [1, 3],
      [1, 1],
      [0, 1],
      [1, 5],
      [0, 5],
    ];
    assert.deepEqual([...from.values()], expected);
  });

  it('are each in one batch, together with those that begin nearly alike', () => {
    for (const count of [1, 2, 20, 300, 2 * passingTokens]) {
      const runs = upTo(count).map((position) => [position]);
      const batches = batchesOf({ origins: [[]], runs, read: [count - 1] });
      assert.deepEqual(
        batches.flatMap((batch) => batch.runs),
        upTo(count),
      );
      for (const { runs: together, from } of batches) {
        assert.equal(from, together[0]);
        assert.ok(together.length === 1 || together.length * (count - from) <= passingTokens);
      }
    }
  });

  it('are not run after the last position that is read', () => {
    const batches = batchesOf({ origins: [[]], runs: [[0], [2], [9]], read: [1, 3] });
    assert.deepEqual(batches, [{ origin: 0, from: 0, runs: [0, 1, 2] }]);
    const [later] = batchesOf({ origins: [[]], runs: [[9]], read: [1, 3] });
    assert.equal(later?.from, 3);
  });
});
