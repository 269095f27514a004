import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unlessAborted } from './unless-aborted.ts';

const never = new Promise<never>(() => undefined);

describe('waiting unless it is aborted', () => {
  it('ends with what was waited for, without a signal and with one', async () => {
    for (const signal of [undefined, new AbortController().signal]) {
      assert.equal(await unlessAborted(Promise.resolve(1), signal), 1);
      await assert.rejects(unlessAborted(Promise.reject(new Error('its own')), signal), /its own/);
    }
  });

  it('ends with the reason as soon as the signal aborts', async () => {
    const controller = new AbortController();
    const waiting = unlessAborted(never, controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
  });

  it('ends at once where the signal is aborted already, whatever there is to wait for', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(unlessAborted(never, signal), /enough/);
    await assert.rejects(unlessAborted(Promise.resolve(1), signal), /enough/);
    await assert.rejects(unlessAborted(Promise.reject(new Error('its own')), signal), /enough/);
  });
});
