import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { victimsOf } from './victims.ts';

const sizesOf = (ends: number, set: number) => ({
  ...{ ends, packed: set, packedHeld: set, held: set, outputs: 0, whole: set },
  ...{ circulation: set, circuits: set, single: set },
});
const [sizes, lean] = [sizesOf(10, 20), sizesOf(1, 2)];
const footprint = { PACKED: sizes, LEAN: lean, numbers: 5, layers: 1, process: 0 };
const weights = 'PACKED' as const;
const model = (folder: string, used: number, sets = 1, free = true) => ({
  folder,
  footprint,
  weights,
  used,
  free,
  graphSets: new Set(['forward', 'FROZEN', 'circulation'].slice(0, sets)),
});
const wanted = { footprint, weights, graphSets: ['forward'] };
const names = (models: readonly { folder: string }[] | undefined) => models?.map(({ folder }) => folder);

describe('models that make room for another', () => {
  it('are none where there is room', () => {
    assert.deepEqual(names(victimsOf([model('a', 1)], undefined, wanted, 60)), []);
  });

  it('are the least recently used, no more than needed', () => {
    const held = [model('a', 3), model('b', 1), model('c', 2)];
    assert.deepEqual(names(victimsOf(held, undefined, wanted, 90)), ['b']);
    assert.deepEqual(names(victimsOf(held, undefined, wanted, 60)), ['b', 'c']);
  });

  it('are never in use', () => {
    const held = [model('a', 1, 1, false), model('b', 2)];
    assert.deepEqual(names(victimsOf(held, undefined, wanted, 60)), ['b']);
    assert.equal(victimsOf(held, undefined, wanted, 50), undefined);
  });

  it("are the job's own model only when all others do not suffice", () => {
    const own = model('own', 1, 3);
    const held = [model('a', 2), own];
    assert.deepEqual(names(victimsOf(held, own, { footprint, weights, graphSets: ['GRADIENT'] }, 90)), ['a']);
    assert.deepEqual(names(victimsOf(held, own, { footprint, weights, graphSets: ['GRADIENT'] }, 40)), ['a', 'own']);
    assert.deepEqual(names(victimsOf(held, own, wanted, 100)), []);
  });

  it('are counted as they have their weights, and keep nothing for a job that has them otherwise', () => {
    const own = { ...model('own', 1, 3), weights: 'LEAN' as const };
    assert.deepEqual(names(victimsOf([own, model('a', 2)], own, wanted, 60)), []);
    assert.deepEqual(names(victimsOf([own, model('a', 2)], own, wanted, 59)), ['a']);
    assert.deepEqual(
      names(victimsOf([model('a', 2), { ...model('b', 1), weights: 'LEAN' as const }], undefined, wanted, 63)),
      [],
    );
  });

  it("are not the job's own model where another job of it stands aside", () => {
    const own = model('own', 1, 3, false);
    assert.deepEqual(names(victimsOf([own], own, wanted, 70)), []);
    assert.equal(victimsOf([own], own, wanted, 60), undefined);
  });
});
