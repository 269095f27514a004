/** What becomes of runs that nobody reads any more. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { ManualCountdown } from '../../test/support/manual-countdown.ts';
import {
  attribution,
  circulation,
  completed,
  passed,
  started,
  stepsOf,
  subject,
} from '../../test/support/scripted-engine.ts';
import { onEachStore, type TestedStore } from '../../test/support/stores.ts';

const target = { position: 1, token: null, against: null };
const steps = [started, passed(0), passed(1), completed];

async function fixture({ temporaryRuns }: TestedStore) {
  const manual = new ManualCountdown();
  return { manual, ...(await temporaryRuns(manual)) };
}

onEachStore('a run that nobody reads any more', (tested) => {
  it('ends when the grace is over, says why, and is run anew when it is asked for again', async () => {
    await using own = await fixture(tested);
    const { runs, engine, manual, faults } = own;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const reader = runs.events(id);
    engine.step(started);
    await reader.next();
    await reader.return();
    assert.equal(engine.signals.circulation[0]?.aborted, false);
    manual.elapse();
    assert.equal(engine.signals.circulation[0]?.aborted, true);
    const [, end] = await Array.fromAsync(runs.events(id));
    assert.ok(end?.step.type === 'CANCELLED');
    assert.equal(end.step.reason?.code, 'ABANDONED');
    const { status, error } = (await runs.find(id)) ?? {};
    assert.deepEqual({ status, error }, { status: 'CANCELLED', error: end.step.reason });
    const again = await runs.startCirculation(subject, circulation(1), { keep: true });
    assert.notEqual(again.id, id);
    for (const step of steps) engine.step(step);
    engine.end();
    assert.equal((await Array.fromAsync(runs.events(again.id))).length, steps.length);
    assert.deepEqual([manual.running, faults], [0, []]);
  });

  it('goes on with who comes within the grace, and with who stays when another one leaves', async () => {
    await using own = await fixture(tested);
    const { runs, engine, manual } = own;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const leaving = new AbortController();
    runs.events(id, undefined, { signal: leaving.signal });
    leaving.abort();
    assert.equal(manual.running, 1);
    const [coming, going] = [runs.events(id), runs.events(id)];
    await going.return();
    manual.elapse();
    const reading = Array.fromAsync(coming);
    for (const step of steps) engine.step(step);
    engine.end();
    assert.deepEqual(
      (await reading).map(({ step }) => step),
      steps,
    );
    assert.equal(manual.running, 0);
  });

  it('goes on when somebody asked to keep it, be it one who joined it when it was left', async () => {
    await using own = await fixture(tested);
    const { runs, engine, manual } = own;
    await runs.startCirculation(subject, circulation(1), { keep: true });
    assert.equal(manual.running, 0);
    await runs.startCirculation(subject, circulation(2));
    assert.equal(manual.running, 1);
    await runs.startCirculation(subject, circulation(2), { keep: true });
    await runs.startCirculation(subject, circulation(2));
    assert.equal(manual.running, 0);
    await runs.attributions.start(subject, attribution(1), {}, { keep: true });
    assert.equal(manual.running, 0);
    assert.equal(engine.circulations, 2);
  });

  it('leaves the queue', async () => {
    await using own = await fixture(tested);
    const { runs, engine, manual } = own;
    engine.queue = new Promise(() => undefined);
    const { id } = await runs.startCirculation(subject, circulation(1));
    manual.elapse();
    await Array.fromAsync(runs.events(id));
    const { status, startedAt } = (await runs.find(id)) ?? {};
    assert.deepEqual({ status, startedAt }, { status: 'CANCELLED', startedAt: null });
  });

  it('is not ended once nine tenths of its blocks have passed', async () => {
    for (let count = 0; count <= 10; count++) {
      await using own = await fixture(tested);
      const { runs, engine, manual } = own;
      const { id } = await runs.startCirculation(subject, { ...circulation(1), layers: 10 });
      engine.step(started);
      for (let layer = 0; layer < count; layer++) engine.step(passed(layer));
      manual.elapse();
      assert.equal(engine.signals.circulation[0]?.aborted, count < 9, `${count} of 10`);
      if (count >= 9) engine.step(completed);
      engine.end();
      const last = (await Array.fromAsync(runs.events(id))).at(-1)?.step.type;
      assert.equal(last, count < 9 ? 'CANCELLED' : 'COMPLETED');
    }
  });

  it('is started anew for who asks in the moment in which it is ended', async () => {
    await using own = await fixture(tested);
    const { runs, engine, manual, faults } = own;
    const { id } = await runs.startCirculation(subject, circulation(1));
    manual.elapse();
    const again = await runs.startCirculation(subject, circulation(1), { keep: true });
    assert.notEqual(again.id, id);
    assert.equal((await runs.find(id))?.status, 'CANCELLED');
    engine.held = new Promise(() => undefined);
    await runs.attributions.start(subject, attribution(1));
    manual.elapse();
    engine.held = Promise.resolve();
    const [answer] = await runs.attributions.ask(subject, attribution(1), {});
    assert.equal(answer?.run.status, 'COMPLETED');
    assert.equal(engine.attributions.length, 2);
    assert.deepEqual(faults, []);
  });

  it('is waited for, once it is ending, by who asks again', async () => {
    await using own = await fixture(tested);
    const { runs, manual, store } = own;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const held = Promise.withResolvers<void>();
    const append = store.append.bind(store);
    mock.method(store, 'append', async (...args: Parameters<typeof append>) => {
      await held.promise;
      return append(...args);
    });
    const asked = mock.method(store, 'findOrCreate');
    manual.elapse();
    const again = runs.startCirculation(subject, circulation(1));
    for (let others = 0; others < 5; others++) await store.started(id);
    assert.equal(asked.mock.callCount(), 1);
    held.resolve();
    assert.notEqual((await again).id, id);
  });

  it('is joined by who asks again just before it is ended, and ended by nothing then', async () => {
    await using own = await fixture(tested);
    const { runs, engine, manual, store } = own;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const create = store.findOrCreate.bind(store);
    mock.method(store, 'findOrCreate', async (...args: Parameters<typeof create>) => {
      const found = await create(...args);
      // It is found under way, and ended before whoever found it is told.
      manual.elapse();
      return found;
    });
    const again = await runs.startCirculation(subject, circulation(1));
    assert.notEqual(again.id, id);
    assert.deepEqual(
      engine.signals.circulation.map((signal) => signal?.aborted),
      [true, false],
    );
  });

  it('may end by itself, be cancelled or be closed meanwhile, and nothing is counted any more', async () => {
    await using own = await fixture(tested);
    const { runs, engine, manual, store, faults } = own;
    const ended = await runs.startCirculation(subject, circulation(1));
    for (const step of steps) engine.step(step);
    engine.end();
    await Array.fromAsync(runs.events(ended.id));
    const cancelled = await runs.startCirculation(subject, circulation(2));
    const stopped = await runs.cancel(cancelled.id);
    assert.deepEqual([stopped.status, stopped.error, manual.running], ['CANCELLED', null, 0]);
    await runs.delete(cancelled.id);
    const left = await runs.startCirculation(subject, circulation(3));
    const closed = await runs.startCirculation(subject, circulation(4));
    manual.elapse();
    await runs.close();
    assert.equal((await store.find(left.id))?.error?.code, 'ABANDONED', 'the first reason counts');
    assert.equal((await store.find(closed.id))?.error?.code, 'ABANDONED');
    assert.equal((await store.find(ended.id))?.status, 'COMPLETED');
    assert.deepEqual([manual.running, faults], [0, []]);
  });

  it('is told as interrupted where the server closes within the grace', async () => {
    await using own = await fixture(tested);
    const { runs, manual, store } = own;
    const { id } = await runs.startCirculation(subject, circulation(1));
    await runs.close();
    manual.elapse();
    assert.equal((await store.find(id))?.error?.code, 'INTERRUPTED');
  });
});

onEachStore('an attribution that nobody waits for any more', (tested) => {
  it('ends when the grace is over, unless somebody came back or waits for it too', async () => {
    await using own = await fixture(tested);
    const { runs, engine, manual, store, faults } = own;
    engine.held = new Promise(() => undefined);
    const clients = [new AbortController(), new AbortController(), new AbortController()] as const;
    const ask = ({ signal }: AbortController) => runs.attributions.ask(subject, attribution(1), {}, { signal });
    const leave = async (client: AbortController, waiting: Promise<unknown>) => {
      client.abort(new Error('gone'));
      await assert.rejects(waiting, /gone/);
    };
    const first = ask(clients[0]);
    await engine.asked('attribution', 1);
    const second = ask(clients[1]);
    // It has joined by the time that one who came later has.
    await runs.attributions.start(subject, attribution(1));
    await leave(clients[0], first);
    assert.equal(manual.running, 0);
    await leave(clients[1], second);
    assert.equal(manual.running, 1);
    const third = ask(clients[2]);
    await runs.attributions.start(subject, attribution(1));
    manual.elapse();
    assert.equal(engine.signals.attribution[0]?.aborted, false);
    await leave(clients[2], third);
    manual.elapse();
    const [run] = await runs.list({ limit: 1 });
    await Array.fromAsync(runs.events(run?.id ?? ''));
    assert.equal(engine.signals.attribution[0]?.aborted, true);
    assert.equal((await store.find(run?.id ?? ''))?.error?.code, 'ABANDONED');
    assert.equal(engine.attributions.length, 1);
    assert.deepEqual(faults, []);
  });

  it('is not ended once nine tenths of its blocks have passed, up and down, unless studies come after them', async () => {
    const [forward, reverse] = stepsOf({ selection: {} }).slice(1);
    assert.ok(forward && reverse);
    for (const [passed, selection, ended] of [
      [[], {}, true],
      [[forward], {}, true],
      [[forward, reverse], {}, false],
      [[forward, reverse], { faithfulness: 1 }, true],
    ] as const) {
      await using own = await fixture(tested);
      const { runs, engine, manual } = own;
      engine.held = new Promise(() => undefined);
      const [run] = await runs.attributions.start(subject, attribution(1), selection);
      const reader = runs.events(run?.id ?? '');
      await reader.next();
      for (const step of passed) engine.tell({ step });
      await reader.return();
      manual.elapse();
      await new Promise(setImmediate);
      assert.equal(engine.signals.attribution[0]?.aborted, ended, `${passed.length} ${Object.keys(selection)}`);
    }
  });

  it('ends though others go on that it is computed with', async () => {
    await using own = await fixture(tested);
    const { runs, engine, manual } = own;
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const questions = { ...attribution(1), targets: [target, { ...target, position: 0 }] };
    const client = new AbortController();
    const leaving = runs.attributions.ask(subject, questions, {}, { signal: client.signal });
    await engine.asked('attribution', 1);
    const staying = runs.attributions.ask(subject, attribution(1), {});
    await runs.attributions.start(subject, attribution(1));
    client.abort(new Error('gone'));
    await assert.rejects(leaving, /gone/);
    assert.equal(manual.running, 1);
    manual.elapse();
    assert.equal(engine.signals.attribution[0]?.aborted, false);
    held.resolve();
    assert.equal((await staying)[0]?.run.status, 'COMPLETED');
    for (const { id } of await runs.list({ limit: 10 })) await Array.fromAsync(runs.events(id));
    const all = (await runs.list({ limit: 10 })).map(({ status, error }) => [status, error?.code]);
    assert.deepEqual(all, [
      ['CANCELLED', 'ABANDONED'],
      ['COMPLETED', undefined],
    ]);
  });

  it('ends where another one of the same question could not be started', async () => {
    await using own = await fixture(tested);
    const { runs, engine, manual, store } = own;
    engine.held = new Promise(() => undefined);
    const create = store.findOrCreate.bind(store);
    mock.method(store, 'findOrCreate', (...args: Parameters<typeof create>) =>
      args[2].kind === 'LOGIT_ATTRIBUTION' && args[2].input.target.position === 0
        ? Promise.reject(new Error('no disk'))
        : create(...args),
    );
    const questions = { ...attribution(1), targets: [target, { ...target, position: 0 }] };
    await assert.rejects(runs.attributions.ask(subject, questions, {}), /no disk/);
    manual.elapse();
    const [run] = await runs.list({ limit: 1 });
    await Array.fromAsync(runs.events(run?.id ?? ''));
    assert.equal(engine.signals.attribution[0]?.aborted, true);
  });

  it('is computed with all that was selected, and stored, where whoever left asked to keep it', async () => {
    await using own = await fixture(tested);
    const { runs, engine, manual, store } = own;
    const [stored] = await runs.attributions.ask(subject, attribution(1), {});
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    for (const [seed, count] of [
      [1, 2],
      [2, 3],
    ] as const) {
      const client = new AbortController();
      const asking = { signal: client.signal, keep: true };
      const leaving = runs.attributions.ask(subject, attribution(seed), { layers: 1 }, asking);
      await engine.asked('attribution', count);
      client.abort(new Error('gone'));
      await assert.rejects(leaving, /gone/);
    }
    manual.elapse();
    assert.ok(engine.signals.attribution.every((signal) => !signal?.aborted));
    const parts = mock.method(store, 'parts');
    held.resolve();
    const again = await runs.attributions.ask(subject, attribution(2), { layers: 1 });
    assert.ok(again[0]?.result.grains.layers);
    const added = await runs.attributions.ask(subject, attribution(1), { layers: 1 });
    assert.equal(added[0]?.run.id, stored?.run.id);
    assert.ok(added[0]?.result.grains.layers && parts.mock.callCount() >= 2);
    assert.equal(engine.attributions.length, 3);
  });
});
