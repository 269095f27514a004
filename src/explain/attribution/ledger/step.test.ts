import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sparing, type ToldStep } from './step.ts';

describe('progress that is told sparingly', () => {
  const doneOf = (total: number, of: readonly number[]) => {
    const told: ToldStep[] = [];
    const tell = sparing((step) => told.push(step), { unit: 'TOKENS', total });
    for (const done of of) tell({ step: { type: 'PROGRESS', done } });
    return told.map(({ step }) => (step.type === 'PROGRESS' ? step.done : Number.NaN));
  };
  const upTo = (total: number) => Array.from({ length: total }, (_, index) => index + 1);

  it('is at most a step in each hundredth, and always the last', () => {
    for (const total of [101, 250, 2048, 100_000]) {
      const done = doneOf(total, upTo(total));
      assert.ok(done.length <= 100, `${done.length} of ${total}`);
      assert.ok(done.length > 50, `${done.length} of ${total}`);
      assert.equal(done.at(-1), total);
    }
  });

  it('is all of it where that is little', () => {
    for (const total of [1, 7, 99, 100]) assert.deepEqual(doneOf(total, upTo(total)), upTo(total));
    assert.deepEqual(doneOf(2048, [512, 1024, 2048]), [512, 1024, 2048]);
  });

  it('leaves all other steps as they are', () => {
    const told: ToldStep[] = [];
    const tell = sparing((step) => told.push(step), { unit: 'BLOCKS', total: 400 });
    const steps = upTo(200).map((layer): ToldStep => ({ target: 1, step: { type: 'FORWARD', layer, elapsed: 1 } }));
    for (const step of steps) tell(step);
    assert.deepEqual(told, steps);
  });
});
