import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signal } from '@preact/signals';
import { latest } from './latest.ts';

const delay = 50;

/** What was asked, each to be answered by hand, in any order. */
function asking(question: () => string | undefined) {
  const asked = new Map<string, PromiseWithResolvers<string> & { readonly signal: AbortSignal }>();
  const followed = latest({
    question,
    ask: (text, signal) => {
      const answer = Promise.withResolvers<string>();
      asked.set(text, { ...answer, signal });
      return answer.promise;
    },
    delay,
  });
  return { asked, ...followed };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('only what still stands after the delay is asked', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const text = signal('a');
  const { asked, state, end } = asking(() => text.value);
  t.mock.timers.tick(delay - 1);
  text.value = 'ab';
  t.mock.timers.tick(delay - 1);
  assert.deepEqual([...asked.keys()], []);
  assert.deepEqual(state.value, { pending: true });
  t.mock.timers.tick(1);
  assert.deepEqual([...asked.keys()], ['ab']);
  end();
});

test('an answer that comes after a newer question is not taken; the earlier one stands until the newer is answered', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const text = signal('a');
  const { asked, state, end } = asking(() => text.value);
  t.mock.timers.tick(delay);
  asked.get('a')?.resolve('A');
  await settled();
  assert.deepEqual(state.value, { answer: 'A', pending: false });
  text.value = 'b';
  t.mock.timers.tick(delay);
  text.value = 'c';
  t.mock.timers.tick(delay);
  assert.equal(asked.get('b')?.signal.aborted, true);
  asked.get('b')?.resolve('B');
  await settled();
  assert.deepEqual(state.value, { answer: 'A', pending: true });
  asked.get('c')?.resolve('C');
  await settled();
  assert.deepEqual(state.value, { answer: 'C', pending: false });
  end();
});

test('a failure is told, and no more when nothing is asked', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const text = signal<string | undefined>('a');
  const { asked, state, end } = asking(() => text.value);
  t.mock.timers.tick(delay);
  asked.get('a')?.reject(new Error('no'));
  await settled();
  assert.deepEqual(state.value, { problem: { code: 'REQUEST', message: 'no' }, pending: false });
  text.value = undefined;
  assert.deepEqual(state.value, { pending: false });
  end();
});
