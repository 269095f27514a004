import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { answer, attribution } from '../../test/support/scripted-engine.ts';
import { sourcesGrain } from '../explain/attribution/grains/moves-grain.ts';
import type { AttributionSelection } from '../explain/attribution/result.ts';
import { answerOf, countsOf, missing, partName, partNames, partsOf } from './answer.ts';
import type { Part } from './rows.ts';

const selections: fc.Arbitrary<AttributionSelection> = fc.record(
  { layers: fc.constant(1), [sourcesGrain]: fc.constant(1), neurons: fc.integer({ min: 1, max: 4 }) },
  { requiredKeys: [] },
);

describe('an answer in parts', () => {
  it('is the same as one computed at once, in whatever order its parts were asked for', () => {
    fc.assert(
      fc.property(fc.array(selections, { minLength: 1, maxLength: 6 }), (asked) => {
        const stored = new Map<string, Part>();
        for (const selection of asked) {
          const rest = missing(selection, countsOf(stored));
          const computed = rest && partsOf(answer({ ...attribution(1), selection: rest }), rest);
          for (const part of computed ?? []) stored.set(part.name, part);
          const parts = new Map([...stored].filter(([name]) => partNames(selection).includes(name)));
          const whole = answer({ ...attribution(1), selection });
          const found = answerOf(parts, selection);
          // A list of the strongest may be longer than was asked for.
          const { neurons } = found.grains;
          const cut = neurons && { neurons: neurons.map((strongest) => strongest.slice(0, selection.neurons)) };
          assert.deepEqual({ ...found, grains: { ...found.grains, ...cut } }, whole);
          assert.equal(missing(selection, countsOf(stored)), undefined);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('asks only for what is not there: longer lists anew, shorter ones not', () => {
    const stored = new Map([
      ['summary', 0],
      ['layers', 1],
      ['neurons', 5],
    ]);
    assert.equal(missing({ layers: 1, neurons: 4 }, stored), undefined);
    assert.deepEqual(missing({ layers: 1, [sourcesGrain]: 1, neurons: 6 }, stored), { [sourcesGrain]: 1, neurons: 6 });
  });

  it('leaves aside what an earlier version of a part stored', () => {
    assert.equal(partName('layers', 1), 'layers');
    assert.equal(partName('edges.TOTAL', 3), 'edges.TOTAL@3');
    const earlier = new Map([
      ['summary', 0],
      [partName('layers', 7), 1],
    ]);
    assert.deepEqual(missing({ layers: 1 }, earlier), { layers: 1 });
  });
});
