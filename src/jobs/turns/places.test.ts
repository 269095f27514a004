import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Places } from './places.ts';
import { Turns } from './turns.ts';

/** Jobs that take 10 seconds each, by their names. @param waiting by client */
function placesOf(queue: number, waiting: Readonly<Record<string, readonly string[]>>) {
  const turns = new Turns<string>(
    () => 10,
    () => 0,
  );
  turns.enter('running', 'another');
  turns.begin('running');
  for (const [client, jobs] of Object.entries(waiting)) for (const job of jobs) turns.enter(job, client);
  return { turns, places: new Places(turns, { queue, workers: 1 }) };
}

describe('a place in the queue', () => {
  it('is there for a client that has fewer than twice as many as are left', () => {
    const { places } = placesOf(3, { many: ['a', 'b'] });
    assert.deepEqual([places.has('many'), places.has('none')], [false, true]);
    assert.equal(placesOf(4, { many: ['a', 'b'] }).places.has('many'), true);
    assert.equal(placesOf(2, { many: ['a', 'b'] }).places.has('none'), false);
  });

  it('is refused with when there may be one: for a client as one of its own begins, in a full queue as any does', () => {
    const share = placesOf(4, { one: ['a'], many: ['b', 'c'] }).places.refusal('many');
    assert.equal(share.code, 'OVER_CAPACITY');
    assert.match(share.message, /2 requests of one client wait already, which is its share of the 4 places/);
    assert.deepEqual(share.details, { retryAfter: 20 });
    const full = placesOf(3, { one: ['a'], many: ['b', 'c'] }).places.refusal('many');
    assert.match(full.message, /3 requests wait already, which is the limit; try again in about 10 s/);
    assert.deepEqual(full.details, { retryAfter: 10 });
  });

  it('is waited in as long as it takes those before: of its own client the shorter, of others by their turns', () => {
    const { places, turns } = placesOf(6, { many: ['a', 'b'] });
    // Two have their turns before it: the one that runs, and the first of the other client; or those of its own client.
    assert.equal(places.waitOf('new', 11), 20);
    assert.equal(places.waitOf('many', 11), 30);
    assert.equal(places.waitOf('many', 9), 10);
    assert.deepEqual(turns.waiting, ['a', 'b']);
    assert.equal(placesOf(2, { many: ['a', 'b'] }).places.waitOf('new', 1), null);
    assert.equal(new Places(new Turns<string>(() => 1), { queue: 1, workers: 1 }).waitOf('new', 11), 0);
  });

  it('is told of a job that waits, and moves on when turns have changed', () => {
    const { turns, places } = placesOf(4, { one: ['a', 'b'] });
    const before = Date.now();
    const place = places.of('b');
    assert.deepEqual([place?.position, place?.ahead], [2, 2]);
    const start = place?.expectedStart.getTime() ?? Number.NaN;
    assert.ok(start >= before + 20_000 && start <= Date.now() + 20_000);
    assert.equal(places.of('running'), null);
    turns.leave('a');
    places.changed();
    assert.deepEqual([places.of('a'), places.of('b')?.position], [null, 1]);
  });
});
