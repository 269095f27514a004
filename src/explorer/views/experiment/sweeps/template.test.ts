import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { combinations, slotsIn, valuesIn } from './template.ts';

/** All choices of one value each, counted one by one. */
function counted(values: readonly (readonly string[])[], different: readonly number[]): number {
  const all = values.reduce<string[][]>(
    (some, next) => some.flatMap((one) => next.map((value) => [...one, value])),
    [[]],
  );
  return all.filter((one) => new Set(different.map((slot) => one[slot])).size === different.length).length;
}

describe('A template', () => {
  it('has each slot once, in order, and none in doubled braces', () => {
    assert.deepEqual(slotsIn('When {a} and {b} met, {b} said {{x}} to { c }{}'), ['a', 'b', 'c']);
    assert.deepEqual(slotsIn('{{{a}}}'), ['a']);
  });

  it('has one value a line, with its spaces', () => {
    assert.deepEqual(valuesIn(' Mary\r\nJohn \n\nJohn \n'), [' Mary', 'John ']);
  });

  it('makes as many prompts as there are combinations of values that differ where they should', () => {
    const names = ['Mary', 'John', 'Tom'];
    for (const [values, different] of [
      [
        [names, names, ['store', 'park']],
        [0, 1],
      ],
      [
        [names, names, names],
        [0, 1, 2],
      ],
      [
        [names, ['John', 'Tom', 'Anna'], ['Mary', 'Anna']],
        [0, 2],
      ],
      [
        [names, ['John', 'Tom', 'Anna'], ['Mary', 'Anna']],
        [0, 1, 2],
      ],
      [[names, names], []],
      [
        [['Mary'], ['Mary']],
        [0, 1],
      ],
      [[], []],
    ] as const)
      assert.equal(combinations(values, different), counted(values, different), JSON.stringify([values, different]));
  });

  it('is counted at once, however many there are', () => {
    const many = Array.from({ length: 1000 }, (_, at) => String(at));
    assert.equal(combinations([many, many, many], [0, 1, 2]), 1000 * 999 * 998);
  });
});
