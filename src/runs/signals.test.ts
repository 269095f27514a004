import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Signals } from './signals.ts';

describe('signals', () => {
  it('wake who listens to that run, until he stops', () => {
    const signals = new Signals();
    const woken: string[] = [];
    const stop = signals.listen('a', () => woken.push('a'));
    signals.listen('a', () => woken.push('also a'));
    signals.listen('b', () => woken.push('b'));
    signals.wake('a');
    assert.deepEqual(woken, ['a', 'also a']);
    stop();
    signals.wake('a');
    assert.deepEqual(woken, ['a', 'also a', 'also a']);
  });

  it('reach who began to listen when all others had stopped, also when one of those stops once more', () => {
    const signals = new Signals();
    let woken = 0;
    const stop = signals.listen('a', () => undefined);
    stop();
    signals.listen('a', () => woken++);
    stop();
    signals.wake('a');
    assert.equal(woken, 1);
  });
});
