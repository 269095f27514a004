import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { Pace, ReadingTurns } from './reading-turns.ts';
import { Unsent } from './unsent.ts';

/** Until everything that can go on has: on a busy machine a turn of the event loop is given to others in between. */
async function loop(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await turn();
}

describe('reading turns', () => {
  const unsent = new Unsent({ all: 1e6, ofOne: 1e6, unreadTime: 30_000 }, pino({ level: 'silent' }));
  const make = (behind?: () => Promise<void> | undefined) => new ReadingTurns(new Pace(), unsent, behind);
  /** Takes turns by these names and notes who has one. */
  const taking = (turns: ReadingTurns, had: string[]) => (name: string) => {
    const turn = turns.turn();
    void turn.take().then(() => had.push(name));
    return turn;
  };

  it('are had by one after the other, in the order in which they were asked for', async () => {
    const had: string[] = [];
    const take = taking(make(), had);
    const [a, b, c] = [take('a'), take('b'), take('c')];
    await loop();
    assert.deepEqual(had, ['a']);
    a.give();
    void a.take().then(() => had.push('a again'));
    await loop();
    assert.deepEqual(had, ['a', 'b']);
    b.give();
    await loop();
    c.give();
    await loop();
    assert.deepEqual(had, ['a', 'b', 'c', 'a again']);
  });

  it('go on to the next when who has one, or waits for one, leaves', async () => {
    const had: string[] = [];
    const take = taking(make(), had);
    const [a, b, c] = [take('a'), take('b'), take('c')];
    b.give();
    await loop();
    assert.deepEqual(had, ['b', 'a'], 'who gives it back while it waits is not kept waiting');
    a.give();
    a.give();
    await loop();
    assert.deepEqual(had, ['b', 'a', 'c']);
    c.give();
  });

  it('begin when the connection has taken what it was sent, and are given on if that is left', async () => {
    const taken = Promise.withResolvers<void>();
    let behind: Promise<void> | undefined = taken.promise;
    const had: string[] = [];
    const take = taking(
      make(() => behind),
      had,
    );
    const a = take('a');
    take('b');
    await loop();
    assert.deepEqual(had, []);
    a.give();
    behind = undefined;
    taken.resolve();
    await loop();
    assert.deepEqual(had.toSorted(), ['a', 'b']);
  });

  it('let the event loop go on between them, however many there are', async () => {
    const pace = new Pace();
    let others = 0;
    const timer = setInterval(() => others++);
    const busy = async () => {
      await pace.wait();
      const until = performance.now() + 2;
      while (performance.now() < until);
    };
    await Promise.all(Array.from({ length: 30 }, busy));
    clearInterval(timer);
    assert.ok(others > 1, `${others} others had their turn`);
  });
});
