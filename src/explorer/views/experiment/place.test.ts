import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anyRun } from '../run-list/filter.ts';
import { firstOf } from './comparison/choice.ts';
import { type Place, placeOf, readPlace, writePlace } from './place.ts';

const names = placeOf('names & places');

describe('The address of an experiment', () => {
  const places: Readonly<Record<string, Place>> = {
    'of the list of all': undefined,
    'of its runs': names,
    'of some of them, sorted': {
      ...names,
      filter: { ...anyRun, prompt: 'a=b&c', status: 'Failed', method: 'FROZEN' },
      sorting: { by: 'score', ascending: true },
    },
    'of its oldest runs': { ...names, sorting: { by: 'asked', ascending: true } },
    'of a sweep': { ...names, shown: 'sweeps', sweep: 'U3dlZXA6MQ==' },
    'of a comparison with zero': {
      ...names,
      shown: 'comparison',
      comparison: { ...firstOf('names'), figure: { name: 'heads', layer: 0, head: 0, token: '' } },
    },
    'of a comparison of two groups': {
      ...names,
      shown: 'comparison',
      comparison: {
        a: { experiment: 'names', method: 'FROZEN', model: 'sample', slots: [{ name: 'a&b', value: '=Mary ' }] },
        b: { experiment: 'others', method: '', model: '', slots: [] },
        pairBy: 'SLOTS',
        pairSlots: ['a&b', 'place'],
        figure: { name: 'head', layer: 2, head: 3, token: '' },
      },
    },
    'of a comparison of what stands in a slot': {
      ...names,
      shown: 'comparison',
      comparison: { ...firstOf('names'), figure: { name: 'token', layer: 0, head: 0, token: 'a:b' } },
    },
  };
  for (const [name, place] of Object.entries(places))
    it(`${name} leads back to it`, () => {
      assert.deepEqual(readPlace(writePlace(place)), place);
    });

  it('is short where nothing was chosen', () => {
    assert.equal(writePlace(undefined), '?experiments');
    assert.equal(writePlace(placeOf('names')), '?experiment=names');
  });

  it('passes over what is no choice', () => {
    const read = readPlace('?experiment=names&shown=constructor&sort=&figure=toString&pair=toString&a=method%3DFROZEN');
    assert.deepEqual(read, placeOf('names'));
  });
});
