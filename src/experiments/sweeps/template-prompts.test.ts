import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TributaryError } from '../../errors.ts';
import { TemplatePrompts, type TemplateRequest } from './template-prompts.ts';

const names = ['Mary', 'John', 'Anna'];
const ioi: TemplateRequest = {
  prompt: 'When {a} and {b} went to the {place}, {b} gave it to',
  slots: [
    { name: 'a', values: names },
    { name: 'b', values: names },
    { name: 'place', values: ['store', 'park'] },
  ],
  different: [['a', 'b']],
};

const prompts = (request: TemplateRequest, used: string[] = []) => [...new TemplatePrompts(request, new Set(used))];
const numbered = (name: string, count: number) => ({
  name,
  values: Array.from({ length: count }, (_, index) => `${name}${index}`),
});

function faultOf(change: Partial<TemplateRequest>): unknown {
  try {
    prompts({ ...ioi, ...change });
  } catch (error) {
    assert.ok(error instanceof TributaryError && error.code === 'INPUT', String(error));
    return error.details.field;
  }
  return undefined;
}

describe('The prompts of a template', () => {
  it('are all combinations whose names differ', () => {
    const all = prompts(ioi);
    assert.equal(all.length, 12);
    assert.deepEqual(all.slice(0, 2), [
      {
        text: 'When Mary and John went to the store, John gave it to',
        slots: { a: 'Mary', b: 'John', place: 'store' },
      },
      { text: 'When Mary and John went to the park, John gave it to', slots: { a: 'Mary', b: 'John', place: 'park' } },
    ]);
    assert.ok(all.every(({ slots }) => slots.a !== slots.b));
  });

  it('are drawn without a duplicate, the same ones for the same seed', () => {
    const sample = (count: number, seed: number) =>
      prompts({ ...ioi, sample: { count, seed } }).map(({ text }) => text);
    assert.equal(new Set(sample(12, 0)).size, 12);
    assert.deepEqual(sample(7, 5), sample(7, 5));
    assert.notDeepEqual(sample(7, 5), sample(7, 6));
    assert.deepEqual(sample(12, 5).slice(0, 7), sample(7, 5), 'a larger sample begins with the smaller one');
  });

  it('are drawn from a trillion', () => {
    const slots = ['a', 'b', 'c', 'd'].map((name) => numbered(name, 1000));
    const request = { prompt: '{a}{b}{c}{d}', slots, sample: { count: 1000, seed: 1 } };
    assert.equal(new TemplatePrompts({ ...request, sample: undefined }, new Set()).count, 10n ** 12n);
    assert.equal(new Set(prompts(request).map(({ text }) => text)).size, 1000);
  });

  it('are drawn from a trillion though slots are to differ', () => {
    const values = Array.from({ length: 1000 }, (_, index) => `name ${index}`);
    const slots = ['a', 'b', 'c', 'd'].map((name) => ({ name, values }));
    const different = [['a', 'b', 'c', 'd']];
    const drawn = prompts({ prompt: '{a},{b},{c},{d}', slots, different, sample: { count: 500, seed: 2 } });
    assert.equal(new Set(drawn.map(({ text }) => text)).size, 500);
    for (const { slots } of drawn) assert.equal(new Set(Object.values(slots)).size, 4);
  });

  it('have each value about as often when they are drawn', () => {
    const slots = [numbered('a', 10), numbered('b', 10_000)];
    const drawn = prompts({ prompt: '{a} {b}', slots, sample: { count: 2000, seed: 9 } });
    const counts = Map.groupBy(drawn, ({ slots }) => slots.a);
    const chiSquare = [...counts.values()].reduce((sum, { length }) => sum + (length - 200) ** 2 / 200, 0);
    assert.equal(counts.size, 10);
    // The 99.9 % quantile of 9 degrees of freedom.
    assert.ok(chiSquare < 27.9, `χ² is ${chiSquare}`);
  });

  it('refuse what is wrong by where it stands', () => {
    const slot = (name: string, values: string[] = ['x']) => ({ name, values });
    for (const [change, field] of [
      [{ prompt: '{a} {b} {place} {nobody}' }, 'prompt'],
      [{ prompt: '{a} {b} {place' }, 'prompt'],
      [{ prompt: '{a} {b}' }, 'slots.2.name'],
      [{ slots: [...ioi.slots, slot('a')] }, 'slots.3.name'],
      [{ slots: [...ioi.slots, slot('{')] }, 'slots.3.name'],
      [{ slots: [...ioi.slots, slot('__proto__')] }, 'slots.3.name'],
      [{ slots: [...ioi.slots, slot('c', [])] }, 'slots.3.values'],
      [{ slots: [...ioi.slots, slot('c', ['x', 'y', 'x'])] }, 'slots.3.values.2'],
      [{ slots: Array.from({ length: 101 }, (_, index) => slot(`${index}`)) }, 'slots'],
      [{ different: [['a']] }, 'different.0'],
      [{ different: [['a', 'nobody']] }, 'different.0.1'],
      [{ different: [['a', 'b', 'a']] }, 'different.0.2'],
      [{ sample: { count: 13, seed: 0 } }, 'sample.count'],
      [{ sample: { count: 0, seed: 0 } }, 'sample.count'],
      [{ sample: { count: 1, seed: -1 } }, 'sample.seed'],
    ] as const)
      assert.equal(faultOf(change), field, JSON.stringify(change));
  });

  it('may leave a slot to a target', () => {
    assert.throws(() => prompts({ ...ioi, prompt: '{a} {b}' }), { code: 'INPUT' });
    assert.equal(prompts({ ...ioi, prompt: '{a} {b}' }, ['place']).length, 12);
  });

  it('are none where values cannot differ', () => {
    const slots = [
      { name: 'a', values: ['x'] },
      { name: 'b', values: ['x'] },
    ];
    assert.throws(() => prompts({ prompt: '{a}{b}', slots, different: [['a', 'b']] }), {
      code: 'INPUT',
      message: /No combination/,
    });
  });

  it('say so where hardly any combination differs', () => {
    const values = Array.from({ length: 12 }, (_, index) => `${index}`);
    const slots = Array.from({ length: 12 }, (_, index) => ({ name: `s${index}`, values }));
    const prompt = slots.map(({ name }) => `{${name}}`).join('');
    const different = [slots.map(({ name }) => name)];
    assert.throws(() => prompts({ prompt, slots, different, sample: { count: 50, seed: 0 } }), {
      code: 'INPUT',
      message: /Of 101000 combinations drawn only \d+ have different values/,
    });
  });
});
