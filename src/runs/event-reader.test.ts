/** Events as readers get them: while they are made, afterwards, from the middle, and by many at once. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { circulation, completed, passed, started, subject } from '../../test/support/scripted-engine.ts';
import { onEachStore } from '../../test/support/stores.ts';
import { EventReader } from './event-reader.ts';
import { Signals } from './signals.ts';
import type { StoredEvent } from './types.ts';

const steps = [started, ...Array.from({ length: 12 }, (_, layer) => passed(layer)), completed];
const sequence = (events: readonly StoredEvent[]) => events.map(({ seq }) => seq);

onEachStore('a reader of events', ({ provider, temporaryRuns }) => {
  it('gets the same events live and replayed, bit for bit, and all that the engine told', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const live = Array.fromAsync(runs.events(id));
    for (const step of steps) engine.step(step);
    engine.end();
    const received = await live;
    assert.deepEqual(
      received.map(({ step }) => step),
      steps,
    );
    assert.deepEqual(sequence(received), [...steps.keys()]);
    assert.deepEqual(await Array.fromAsync(runs.events(id)), received);
    assert.deepEqual(await runs.eventsOf(id, { limit: 100 }), received);
    assert.deepEqual(await runs.eventsOf(id, { after: 0, limit: 100 }), received.slice(1));
  });

  it('that joins late, or at once with many others, or resumes, misses nothing and gets nothing twice', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const readers: Promise<StoredEvent[]>[] = [];
    const pace = runs.events(id);
    for (const step of steps) {
      readers.push(...Array.from({ length: 5 }, () => Array.fromAsync(runs.events(id))));
      readers.push(Array.fromAsync(runs.events(id, 0)), Array.fromAsync(runs.events(id, 3)));
      engine.step(step);
      await pace.next();
    }
    engine.end();
    const expected = await runs.eventsOf(id, { limit: 100 });
    const known = [0, 0, 0, 0, 0, 1, 4];
    for (const [index, reader] of readers.entries())
      assert.deepEqual(await reader, expected.slice(known[index % known.length]));
    assert.deepEqual(await Array.fromAsync(runs.events(id, steps.length - 1)), [], 'nothing follows the last event');
  });

  it('is handed events in order when it asks for several at once', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const reader = runs.events(id);
    const asked = [reader.next(), reader.next(), reader.next(), reader.next()];
    for (const step of [started, passed(0), completed]) engine.step(step);
    engine.end();
    const results = await Promise.all(asked);
    assert.deepEqual(
      results.map(({ value }) => value?.seq),
      [0, 1, 2, undefined],
    );
  });

  it('leaves at once, by return or by a signal, while it waits and while it reads', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    engine.step(started);
    await runs.events(id).next();
    for (const after of [undefined, 0]) {
      for (const leaving of ['return', 'signal'] as const) {
        const controller = new AbortController();
        const reader = runs.events(id, after, { signal: controller.signal });
        const pending = reader.next();
        const before = performance.now();
        if (leaving === 'return') assert.deepEqual(await reader.return(), { done: true, value: undefined });
        else controller.abort();
        assert.deepEqual(await pending, { done: true, value: undefined });
        const took = performance.now() - before;
        assert.ok(took < 50, `${leaving} took ${took} ms`);
        assert.deepEqual(await reader.next(), { done: true, value: undefined });
      }
    }
    const aborted = runs.events(id, undefined, { signal: AbortSignal.abort() });
    assert.deepEqual(await aborted.next(), { done: true, value: undefined });
  });

  it('that is slow keeps nobody waiting and reads on from the database', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const slow = runs.events(id);
    const fast = Array.fromAsync(runs.events(id));
    engine.step(started);
    assert.equal((await slow.next()).value?.seq, 0);
    for (const step of steps.slice(1)) engine.step(step);
    engine.end();
    assert.equal((await fast).length, steps.length);
    assert.deepEqual(sequence(await Array.fromAsync(slow)), [...steps.keys()].slice(1));
  });

  it('gets the last event also when its run ends while the rows are read that have it not yet', async () => {
    await using fixture = await temporaryRuns();
    const { store } = fixture;
    const { run } = await store.findOrCreate(
      '01a22d81-47e3-7000-b0e4-5145019bca46',
      subject,
      { kind: 'CIRCULATION', input: circulation(1) },
      'hash',
      () => false,
    );
    const signals = new Signals();
    let underWay = true;
    const next = store.events.next.bind(store.events);
    mock.method(
      store.events,
      'next',
      async (...args: Parameters<typeof next>) => {
        const read = await next(...args);
        await store.append(run.id, [completed]);
        underWay = false;
        signals.wake(run.id);
        return read;
      },
      { times: 1 },
    );
    const events = await Array.fromAsync(new EventReader(store, signals, () => underWay, run.id));
    assert.deepEqual(
      events.map(({ step }) => step),
      [completed],
    );
  });

  it('that is left twice takes no signal from who reads the same run since', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const left = runs.events(id);
    await left.return();
    const reading = Array.fromAsync(runs.events(id));
    await left.return();
    for (const step of [started, completed]) engine.step(step);
    engine.end();
    assert.equal((await reading).length, 2);
  });

  it('ends quietly when its run is deleted', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    engine.step(started);
    const reader = runs.events(id);
    await reader.next();
    await runs.cancel(id);
    await runs.delete(id);
    assert.deepEqual(await reader.next(), { done: true, value: undefined });
  });

  it('is told by an error when it has heard more of a run that is over than there is', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const resumed = runs.events(id, 2).next();
    for (const step of [started, completed]) engine.step(step);
    engine.end();
    await assert.rejects(resumed, { code: 'RUN_STATE', message: /over after 2 events; .* run it anew/ });
    await assert.rejects(runs.events(id, 2).next(), { code: 'RUN_STATE' });
    assert.deepEqual(await Array.fromAsync(runs.events(id, 1)), []);
  });

  it('is told by an error when the end of its run could not be stored, and such a run can be cancelled', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine, database, faults } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    engine.step(started);
    const reader = runs.events(id);
    await reader.next();
    const waiting = reader.next();
    const refused = await provider.refuse(database, { event: 'INSERT', table: 'Event', reason: 'disk is full' });
    engine.fail(new Error('fault'));
    await assert.rejects(waiting, { code: 'OVER_CAPACITY', message: /could not be stored/ });
    assert.equal(faults.length, 2, 'the fault, and that it could not be stored');
    await refused[Symbol.asyncDispose]();
    assert.equal((await runs.cancel(id)).status, 'CANCELLED');
    assert.deepEqual(sequence(await Array.fromAsync(runs.events(id))), [0, 1]);
  });
});
