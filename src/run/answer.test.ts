import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { answerOf, missing, partNames, partsOf } from './answer.ts';
import { answer, attribution, nothingFiner } from './scripted-engine.ts';
import type { Part } from './store.ts';

const selections = fc.record({
  layers: fc.boolean(),
  sources: fc.boolean(),
  neurons: fc.nat(4),
  edges: fc.nat(4),
});

describe('an answer in parts', () => {
  it('is the same as one computed at once, in whatever order its parts were asked for', () => {
    fc.assert(
      fc.property(fc.array(selections, { minLength: 1, maxLength: 6 }), (asked) => {
        const stored = new Map<string, Part>();
        for (const selection of asked) {
          const counts = new Map([...stored.values()].map(({ name, count }) => [name, count]));
          const rest = missing(selection, counts);
          const computed = rest && partsOf(answer({ ...attribution(1), selection: rest }), rest);
          for (const part of computed ?? []) stored.set(part.name, part);
          const parts = new Map(partNames(selection).map((name) => [name, stored.get(name)?.value]));
          assert.deepEqual(answerOf(parts, selection), answer({ ...attribution(1), selection }));
          assert.equal(missing(selection, new Map([...stored].map(([name, { count }]) => [name, count]))), undefined);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('asks only for what is not there: longer lists anew, shorter ones not', () => {
    const stored = new Map([
      ['summary', 0],
      ['layers', 0],
      ['neurons', 5],
    ]);
    assert.equal(missing({ ...nothingFiner, layers: true, neurons: 4 }, stored), undefined);
    assert.deepEqual(missing({ layers: true, sources: true, neurons: 6, edges: 0 }, stored), {
      layers: false,
      sources: true,
      neurons: 6,
      edges: 0,
    });
  });
});
