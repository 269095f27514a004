import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunRecord } from '../../runs/types.ts';
import type { Member } from './group.ts';
import { missingRuns } from './missing-runs.ts';
import { paired } from './pairing.ts';

function members(...given: readonly [prompt: readonly number[], slots: Member['slots']][]): Member[] {
  return given.map(([inputIds, slots]) => ({ run: { question: { input: { inputIds } } } as RunRecord, slots }));
}

describe('runs of two groups', () => {
  it('are paired by their prompts, token by token, of several the first with the first', () => {
    const a = members([[12], null], [[1, 2], null], [[1, 2], null], [[3], null]);
    const b = members([[3], null], [[1, 2], null], [[4], null]);
    const { pairs, aloneInA, aloneInB } = paired(a, b, { by: 'PROMPT', slots: [] });
    assert.deepEqual(pairs, [
      [1, 1],
      [3, 0],
    ]);
    assert.deepEqual([[...aloneInA.keys()], [...aloneInB.keys()]], [[0, 2], [2]]);
  });

  it('are paired by the values of slots that are named, and of no others', () => {
    const a = members([[1], { x: 'p', y: 'q' }], [[1], { x: 'r', y: 'q' }], [[1], null], [[1], { y: 'q' }]);
    const b = members([[2], { x: 'r', y: 'other' }], [[2], { x: 'p' }]);
    const { pairs, aloneInA, aloneInB } = paired(a, b, { by: 'SLOTS', slots: ['x'] });
    assert.deepEqual(pairs, [
      [0, 1],
      [1, 0],
    ]);
    assert.deepEqual([[...aloneInA.keys()], [...aloneInB.keys()]], [[2, 3], []]);
    assert.match(aloneInA.get(2) ?? '', /answers no row of a sweep/);
    const inherited = paired(members([[1], {}]), members([[1], {}]), { by: 'SLOTS', slots: ['constructor'] });
    assert.equal(inherited.pairs.length, 0);
  });

  it('are not taken for others whose values run together', () => {
    const a = members([[1], { x: 'p","q', y: '' }]);
    const b = members([[1], { x: 'p', y: 'q' }]);
    assert.equal(paired(a, b, { by: 'SLOTS', slots: ['x', 'y'] }).pairs.length, 0);
  });

  it('are paired in order', () => {
    const three = members([[1], null], [[2], null], [[3], null]);
    const { pairs, aloneInA } = paired(three, three.slice(0, 2), { by: 'ORDER', slots: [] });
    assert.deepEqual(pairs, [
      [0, 0],
      [1, 1],
    ]);
    assert.deepEqual([...aloneInA], [[2, 'the other group has fewer runs']]);
  });

  it('are left out once each, by their first reason, and with their partners', () => {
    const pairs = {
      pairs: [
        [0, 1],
        [1, 0],
        [2, 2],
      ],
      aloneInA: new Map([[3, 'alone']]),
      aloneInB: new Map<number, string>(),
    } as const;
    const lackingInA = new Map([
      [0, 'lacks'],
      [3, 'lacks'],
    ]);
    assert.deepEqual(missingRuns(lackingInA, new Map([[2, 'lacks too']]), pairs), [
      { group: 'A', reason: 'lacks', count: 1 },
      { group: 'A', reason: 'alone', count: 1 },
      { group: 'A', reason: 'its partner is left out', count: 1 },
      { group: 'B', reason: 'lacks too', count: 1 },
      { group: 'B', reason: 'its partner is left out', count: 1 },
    ]);
  });
});
