import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { completed, passed, started } from '../../test/support/scripted-engine.ts';
import { Recorder } from './recorder.ts';
import { Signals } from './signals.ts';
import type { RunStore } from './store.ts';
import type { RunStep } from './types.ts';

/** Notes each transaction and lets the test end it. */
function scriptedStore() {
  const transactions: { readonly steps: readonly RunStep[]; readonly end: (error?: Error) => void }[] = [];
  const append = (_id: string, steps: readonly RunStep[]) =>
    new Promise<void>((resolve, reject) => {
      transactions.push({ steps, end: (error) => (error ? reject(error) : resolve()) });
    });
  return { transactions, store: { append } as unknown as RunStore };
}

describe('a recorder', () => {
  it('stores in one transaction what came during the one before, and wakes readers after each', async () => {
    const { transactions, store } = scriptedStore();
    const signals = new Signals();
    let woken = 0;
    signals.listen('r', () => woken++);
    const recorder = new Recorder(store, signals, 'r', () => assert.fail());
    for (const step of [started, passed(0), passed(1)]) recorder.record(step);
    assert.deepEqual(
      transactions.map(({ steps }) => steps),
      [[started]],
    );
    assert.equal(woken, 0);
    transactions[0]?.end();
    await new Promise(setImmediate);
    assert.equal(woken, 1);
    assert.equal(recorder.completed, false);
    recorder.record(completed);
    transactions[1]?.end();
    await new Promise(setImmediate);
    assert.deepEqual(
      transactions.map(({ steps }) => steps.length),
      [1, 2, 1],
    );
    transactions[2]?.end();
    await recorder.flushed();
    assert.equal(woken, 3);
    assert.equal(recorder.completed, true);
  });

  it('drops everything behind a step that could not be stored, and says so once', async () => {
    const { transactions, store } = scriptedStore();
    let failures = 0;
    const recorder = new Recorder(store, new Signals(), 'r', () => failures++);
    recorder.record(started);
    recorder.record(passed(0));
    transactions[0]?.end(new Error('disk is full'));
    await assert.rejects(recorder.flushed(), /disk is full/);
    recorder.record(passed(1));
    await assert.rejects(recorder.flushed(), /disk is full/);
    assert.equal(transactions.length, 1);
    assert.equal(failures, 1);
  });

  it('gathers what nobody waits for, and hands out what is not stored yet', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { transactions, store } = scriptedStore();
    const signals = new Signals();
    const recorder = new Recorder(store, signals, 'r', () => assert.fail(), 100);
    recorder.record(started);
    recorder.record(passed(0));
    mock.timers.tick(99);
    assert.equal(transactions.length, 0);
    mock.timers.tick(1);
    assert.deepEqual(
      transactions.map(({ steps }) => steps),
      [[started, passed(0)]],
    );
    transactions[0]?.end();
    await new Promise(setImmediate);
    recorder.record(passed(1));
    assert.deepEqual(await recorder.rest(), [passed(1)]);
    mock.timers.tick(1000);
    assert.equal(transactions.length, 1);
    signals.listen('r', () => undefined);
    recorder.record(completed);
    assert.equal(transactions.length, 2, 'at once where somebody waits');
    mock.timers.reset();
  });

  it('stores what was gathered as soon as somebody listens, and is not called when it has nothing', async () => {
    const { transactions, store } = scriptedStore();
    const signals = new Signals();
    const recorder = new Recorder(store, signals, 'r', () => assert.fail(), 1e6);
    recorder.record(started);
    recorder.record(passed(0));
    signals.listen('another', () => undefined);
    assert.equal(transactions.length, 0);
    const stop = signals.listen('r', () => undefined);
    assert.deepEqual(
      transactions.map(({ steps }) => steps),
      [[started, passed(0)]],
    );
    transactions[0]?.end();
    await new Promise(setImmediate);
    stop();
    recorder.record(passed(1));
    assert.deepEqual(await recorder.rest(), [passed(1)]);
    signals.listen('r', () => undefined);
    assert.equal(transactions.length, 1);
  });

  it('stores what was gathered when that is waited for', async () => {
    const { transactions, store } = scriptedStore();
    const recorder = new Recorder(store, new Signals(), 'r', () => assert.fail(), 1e6);
    recorder.record(started);
    const flushed = recorder.flushed();
    transactions[0]?.end();
    await flushed;
    assert.deepEqual(
      transactions.map(({ steps }) => steps),
      [[started]],
    );
  });
});
