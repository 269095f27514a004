import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { givingWay } from './giving-way.ts';
import { Turns } from './turns.ts';

describe('giving way', () => {
  const pairs = (running: number, computed: number, short: number, client: string) => {
    let now = 0;
    const turns = new Turns<string>(
      (job) => Number(job),
      () => now,
    );
    turns.enter(`${running}`, 'a');
    turns.begin(`${running}`);
    now = computed;
    turns.enter(`${short}`, client);
    return givingWay(turns);
  };
  const atOnce = (...all: Parameters<typeof pairs>) => pairs(...all).filter(({ after }) => after === 0);

  for (const client of ['a', 'b']) {
    it(`is for what is four times shorter, of ${client === 'a' ? 'the same' : 'another'} client`, () => {
      assert.deepEqual(atOnce(8, 0, 2, client), [{ long: '8', short: '2', after: 0 }]);
      assert.deepEqual(pairs(8, 0, 2.1, client), []);
      assert.deepEqual(atOnce(8, 1, 2, client), [], 'what it has still to do counts');
    });

    it(`is for what is about to end once that is overdue, of ${client === 'a' ? 'the same' : 'another'} client`, () => {
      assert.deepEqual(pairs(8, 7.5, 0.1, client), [{ long: '8', short: '0.1', after: 1.5 }]);
      assert.equal(atOnce(8, 9, 0.1, client).length, 1);
      assert.deepEqual(pairs(8, 8, 1, client), [{ long: '8', short: '1', after: 4 }]);
    });
  }

  it('is not for what ends within a second', () => {
    assert.deepEqual(pairs(0.9, 0, 0.01, 'b'), []);
    assert.equal(atOnce(1.1, 0, 0.01, 'b').length, 1);
  });

  it('waits until the one that has less had as much', () => {
    let now = 0;
    const turns = new Turns<string>(
      (job) => Number(job),
      () => now,
    );
    turns.enter('90', 'a');
    turns.begin('90');
    turns.enter('20', 'b');
    turns.setAside('90');
    turns.begin('20');
    now = 20;
    turns.leave('20');
    turns.begin('90');
    turns.enter('1', 'b');
    const [way] = givingWay(turns);
    assert.equal(way?.after, 20);
    now = 40;
    assert.equal(givingWay(turns)[0]?.after, 0);
  });
});
