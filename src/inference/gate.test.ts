import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { Gate } from './gate.ts';

/** Follows a gate, and says where its job is. */
function walking(gate: Gate) {
  const passed: number[] = [];
  const ended = (async () => {
    for (let block = 0; block < 3; block++) {
      await gate.pass(block);
      passed.push(block);
    }
  })();
  ended.catch(() => undefined);
  return { passed, ended };
}
const settled = () => new Promise(setImmediate);

describe('a gate', () => {
  it('lets a job stand aside before its next block, tells so, and lets it go on', async () => {
    const told = mock.fn();
    const gate = new Gate(told);
    gate.setAside();
    assert.equal(told.mock.callCount(), 0, 'it has come to no block yet');
    const { passed, ended } = walking(gate);
    await settled();
    assert.deepEqual([passed, told.mock.callCount()], [[], 1]);
    gate.goOn();
    await ended;
    assert.deepEqual([passed, told.mock.callCount()], [[0, 1, 2], 1]);
  });

  it('that is held tells at once that its job stands aside, and holds it on when it may go on', async () => {
    const told = mock.fn();
    const gate = new Gate(told);
    gate.hold(1);
    const { passed, ended } = walking(gate);
    await settled();
    gate.setAside();
    assert.equal(told.mock.callCount(), 1);
    gate.goOn();
    await settled();
    assert.deepEqual(passed, [0]);
    gate.release();
    await ended;
  });

  it('tells it again where the job was let go and asked again before it could look', async () => {
    const told = mock.fn();
    const gate = new Gate(told);
    gate.setAside();
    const { passed, ended } = walking(gate);
    gate.goOn();
    gate.setAside();
    await settled();
    assert.deepEqual([passed, told.mock.callCount()], [[], 2]);
    gate.goOn();
    await ended;
  });

  it('ends a job that stands aside when it is cancelled', async () => {
    const gate = new Gate();
    gate.setAside();
    const { ended } = walking(gate);
    gate.cancel();
    await assert.rejects(ended, { code: 'CANCELLED' });
  });

  it('counts the time that its job stood aside, and none that it was held', async () => {
    let now = 0;
    const clock = mock.method(performance, 'now', () => now);
    try {
      const gate = new Gate();
      gate.hold(1);
      const { ended } = walking(gate);
      await settled();
      for (const [pass, move] of [
        [1, () => gate.setAside()],
        [10, () => gate.goOn()],
        [100, () => gate.setAside()],
        [1000, () => gate.goOn()],
        [10_000, () => gate.release()],
      ] as const) {
        now += pass;
        move();
      }
      await ended;
      assert.equal(gate.stood, 1010);
    } finally {
      clock.mock.restore();
    }
  });
});
