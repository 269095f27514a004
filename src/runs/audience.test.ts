import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { ManualCountdown } from '../../test/support/manual-countdown.ts';
import { Audience, countdown } from './audience.ts';

function watched() {
  const manual = new ManualCountdown();
  const onDeserted = mock.fn();
  const audience = new Audience({ grace: 1, countdown: manual.countdown }, onDeserted);
  return { manual, audience, deserted: () => onDeserted.mock.callCount() };
}

describe('the audience of a run', () => {
  it('is deserted when the last one has left for as long as the grace', () => {
    const { manual, audience, deserted } = watched();
    const [one, two] = [audience.join(), audience.join()];
    one();
    assert.equal(manual.running, 0);
    two();
    assert.deepEqual([manual.running, deserted()], [1, 0]);
    manual.elapse();
    assert.equal(deserted(), 1);
  });

  it('is there again with who comes meanwhile, and counts anew when that one leaves', () => {
    const { manual, audience, deserted } = watched();
    for (let round = 0; round < 3; round++) {
      const leave = audience.join();
      manual.elapse();
      assert.deepEqual([manual.running, deserted()], [0, 0]);
      leave();
      assert.equal(manual.running, 1);
    }
  });

  it('counts who leaves twice once', () => {
    const { manual, audience } = watched();
    const [leaving] = [audience.join(), audience.join()];
    leaving?.();
    leaving?.();
    assert.equal(manual.running, 0);
  });

  for (const how of ['keep', 'close'] as const) {
    it(`does not matter any more once the run is told to ${how}, before and after it was left`, () => {
      const { manual, audience } = watched();
      const leave = audience.join();
      audience[how]();
      leave();
      assert.equal(manual.running, 0);
      const other = watched();
      other.audience.join()();
      other.audience[how]();
      assert.equal(other.manual.running, 0);
    });
  }

  it('counts by a timer of so many milliseconds that keeps no process alive, and none is left behind', (t) => {
    const timers: NodeJS.Timeout[] = [];
    const original = setTimeout;
    const set = t.mock.method(globalThis, 'setTimeout', (onEnd: () => void, milliseconds: number) => {
      const timer = original(onEnd, milliseconds);
      timers.push(timer);
      return timer;
    });
    const clear = t.mock.method(globalThis, 'clearTimeout');
    const audience = new Audience({ grace: 100_000, countdown }, () => assert.fail());
    const leave = audience.join();
    assert.equal(timers.length, 0);
    leave();
    assert.equal(set.mock.calls[0]?.arguments[1], 100_000);
    assert.equal(timers[0]?.hasRef(), false);
    audience.join();
    assert.equal(clear.mock.calls[0]?.arguments[0], timers[0]);
  });
});
