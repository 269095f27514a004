/** Events that have to be made to tell something first. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TributaryError } from '../../errors.ts';
import type { StoredEvent } from '../../runs/types.ts';
import { unlessAborted } from '../../unless-aborted.ts';
import { Failure } from '../failures.ts';
import { Once } from './once.ts';
import { Readied } from './readied.ts';

const event = { runId: 'r', seq: 0 } as StoredEvent;
const finished = { done: true, value: undefined };

describe('events that have to be made to tell what is selected', () => {
  it('come when they do', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const events = new Readied(new Once<StoredEvent | Failure>(event), () => promise);
    const first = events.next();
    assert.equal(await Promise.race([first.then(() => 'an event'), Promise.resolve('nothing')]), 'nothing');
    resolve();
    assert.deepEqual(await first, { done: false, value: event });
    assert.deepEqual(await events.next(), finished);
  });

  it('give way to why they cannot, which is the only one then', async () => {
    const ready = () => Promise.reject(new TributaryError('CHECKPOINT', 'gone'));
    const events = new Readied(new Once<StoredEvent | Failure>(event), ready);
    const [failure, ...others] = await Array.fromAsync(events);
    assert.ok(failure instanceof Failure && failure.code === 'CHECKPOINT');
    assert.deepEqual(others, []);
  });

  it("fail as that does where it is nobody's fault", async () => {
    const events = new Readied(new Once<StoredEvent | Failure>(event), () => Promise.reject(new Error('broken')));
    await assert.rejects(events.next(), /broken/);
    assert.deepEqual(await events.next(), finished);
  });

  it('are left at once while they wait, and what they wait for is told', async () => {
    let told: AbortSignal | undefined;
    const never = (signal: AbortSignal) => {
      told = signal;
      return unlessAborted(new Promise<void>(() => undefined), signal);
    };
    const events = new Readied(new Once<StoredEvent | Failure>(event), never);
    const waiting = events.next();
    assert.deepEqual(await events.return(), finished);
    assert.deepEqual(await waiting, finished);
    assert.equal(told?.aborted, true);
    assert.deepEqual(await events.next(), finished);
    const gone = new AbortController();
    new Readied(new Once<StoredEvent | Failure>(event), never, gone.signal);
    gone.abort();
    assert.equal(told?.aborted, true);
  });
});
