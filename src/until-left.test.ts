import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { UntilLeft } from './until-left.ts';

describe('waiting until it is left', () => {
  it('ends with what was waited for', async () => {
    const untilLeft = new UntilLeft<number>();
    assert.equal(await untilLeft.wait(Promise.resolve(1)), 1);
    await assert.rejects(untilLeft.wait(Promise.reject(new Error('its own'))), /its own/);
  });

  it('ends for all who wait when it is left, and for who comes later', async () => {
    const untilLeft = new UntilLeft<string>();
    const never = new Promise<never>(() => undefined);
    const waiting = [untilLeft.wait(never), untilLeft.wait(never)];
    untilLeft.leave('left');
    assert.deepEqual(await Promise.all([...waiting, untilLeft.wait(never)]), ['left', 'left', 'left']);
  });

  it('keeps nothing of what it has ended with', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const untilLeft = new UntilLeft<object>();
    const waited = async () => new WeakRef(await untilLeft.wait(Promise.resolve({ large: true })));
    const result = await waited();
    // A reference lives to the end of the turn of the event loop that made it.
    await new Promise(setImmediate);
    collect();
    assert.equal(result.deref(), undefined);
    untilLeft.leave({});
  });
});
