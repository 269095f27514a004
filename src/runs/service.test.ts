/** Runs against a real database, with an engine whose steps the test gives. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { attributed, serviceFixture, targetsOf } from '../../test/support/run-service.ts';
import { attribution, circulation, completed, passed, started, subject } from '../../test/support/scripted-engine.ts';
import { onEachStore } from '../../test/support/stores.ts';
import { TributaryError } from '../errors.ts';
import { RunService } from './service.ts';

onEachStore('the run service', (store) => {
  const fixture = serviceFixture(store);

  it('gives the same question one run, also when it is asked many times at once', async () => {
    const { engine, runs } = fixture;
    const started = await Promise.all(Array.from({ length: 20 }, () => runs.startCirculation(subject, circulation(1))));
    assert.equal(new Set(started.map(({ id }) => id)).size, 1);
    assert.equal(engine.circulations, 1);
    const other = await runs.startCirculation({ ...subject, revision: 'r2' }, circulation(1));
    assert.notEqual(other.id, started[0]?.id, 'another revision of the model is another question');
    await runs.close();
  });

  it('answers a circulation by one that tells at least as much, and starts another for what none tells', async () => {
    const { runs } = fixture;
    const question = circulation(304);
    const none = await runs.startCirculation(subject, { ...question, figures: [] });
    const heads = await runs.startCirculation(subject, { ...question, figures: ['HEADS'] });
    assert.notEqual(heads.id, none.id);
    const again = await runs.startCirculation(subject, { ...question, figures: [] });
    assert.equal(again.id, none.id, 'the one for exactly that first');
    await runs.cancel(none.id);
    const wider = await runs.startCirculation(subject, { ...question, figures: [] });
    assert.equal(wider.id, heads.id);
    const lens = await runs.startCirculation(subject, { ...question, figures: ['LENS', 'HEADS'] });
    assert.notEqual(lens.id, heads.id);
    assert.equal((await runs.startCirculation(subject, { ...question, figures: ['LENS'] })).id, lens.id);
    const longer = await runs.startCirculation(subject, { ...question, figures: ['LENS'], top: 9 });
    assert.notEqual(longer.id, lens.id);
    const whole = await runs.startCirculation(subject, question);
    assert.deepEqual(whole.question.input, { ...question, figures: ['LENS', 'HEADS', 'PATTERNS'] });
    await runs.close();
  });

  it('asks for no lens of another length where none is asked for', async () => {
    const { runs } = fixture;
    const question = circulation(305);
    const asked = [3, 7].map((top) => runs.startCirculation(subject, { ...question, figures: ['PATTERNS'], top }));
    const [one, two] = await Promise.all(asked);
    assert.equal(one?.id, two?.id);
    await runs.close();
  });

  it('closes though the same target is asked for twice at that moment', { timeout: 20_000 }, async () => {
    const { runs } = fixture;
    const asked = runs.attributions.start(subject, targetsOf(attribution(300), 1, 1));
    asked.catch(() => undefined);
    await runs.close();
    await assert.rejects(asked, { code: 'CANCELLED' });
  });

  it('stores a step before anyone hears of it, and hands out what is stored', async () => {
    const { engine, runs, store } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(2));
    const reader = runs.events(id);
    engine.step(started);
    const first = await reader.next();
    assert.deepEqual(first.value, (await store.events.page(id, { limit: 10 }))[0]);
    engine.step(completed);
    engine.end();
    assert.equal((await reader.next()).value?.step.type, 'COMPLETED');
    assert.deepEqual(await reader.next(), { done: true, value: undefined });
    assert.equal((await runs.find(id))?.status, 'COMPLETED');
  });

  it('lets a reader leave at once while it waits, and wakes it for every later event', async () => {
    const { engine, runs } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(3));
    const [leaving, staying] = [runs.events(id), runs.events(id)];
    const pending = leaving.next();
    const before = performance.now();
    await leaving.return();
    assert.deepEqual(await pending, { done: true, value: undefined });
    assert.ok(performance.now() - before < 50);
    const next = staying.next();
    engine.step(started);
    assert.equal((await next).value?.seq, 0);
    await runs.cancel(id);
    assert.equal((await staying.next()).value?.step.type, 'CANCELLED');
  });

  it('starts anew what failed or was cancelled, and keeps the run that did', async () => {
    const { engine, runs } = fixture;
    const failed = await runs.startCirculation(subject, circulation(4));
    engine.fail(new TributaryError('CHECKPOINT', 'no weights'));
    for await (const { step } of runs.events(failed.id))
      assert.deepEqual(step, { type: 'FAILED', code: 'CHECKPOINT', message: 'no weights' });
    const cancelled = await runs.startCirculation(subject, circulation(4));
    await runs.cancel(cancelled.id);
    const again = await runs.startCirculation(subject, circulation(4));
    assert.equal(new Set([failed.id, cancelled.id, again.id]).size, 3);
    assert.equal(engine.circulations, 3);
    engine.step(started);
    engine.step(completed);
    engine.end();
    await Array.fromAsync(runs.events(again.id));
    const statuses = [failed, cancelled, again].map(async ({ id }) => (await runs.find(id))?.status);
    assert.deepEqual(await Promise.all(statuses), ['FAILED', 'CANCELLED', 'COMPLETED']);
  });

  it('starts anew what has ended in the moment in which it was found', async () => {
    const { runs, store } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(303));
    const run = await runs.find(id);
    assert.ok(run);
    await runs.cancel(id);
    mock.method(store, 'findOrCreate', async () => ({ run, created: false }), { times: 1 });
    const again = await runs.startCirculation(subject, circulation(303));
    assert.notEqual(again.id, id);
    await runs.cancel(again.id);
  });

  it('keeps a fault of its own to the log, and says only that there was one', async () => {
    const { engine, faults, runs } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(5));
    const fault = new Error('a secret of the inside');
    engine.fail(fault);
    for await (const { step } of runs.events(id))
      assert.ok(step.type === 'FAILED' && step.code === 'INTERNAL' && !step.message.includes('secret'));
    assert.equal(faults.at(-1), fault);
  });

  it('says of a run left behind by a dead process why it ended', async () => {
    const { engine, runs, store } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(7));
    engine.step(started);
    await runs.events(id).next();
    const next = new RunService(store, engine, () => undefined);
    assert.ok((await next.recover()).some((run) => run.id === id));
    const steps = (await store.events.page(id, { limit: 10 })).map(({ step }) => step.type);
    assert.deepEqual(steps, ['STARTED', 'FAILED']);
    assert.equal((await next.find(id))?.error?.code, 'INTERRUPTED');
    assert.deepEqual(await next.recover(), [], 'once is enough');
  });

  it('starts and cancels 200 runs one after the other, and every one of them ends as cancelled', async () => {
    const { engine, faults, runs } = fixture;
    for (let round = 0; round < 200; round++) {
      const { id } = await runs.startCirculation(subject, circulation(1000 + round));
      if (round % 2 === 0) engine.step(started);
      assert.equal((await runs.cancel(id)).status, 'CANCELLED');
      await assert.rejects(runs.cancel(id), { code: 'RUN_STATE', message: /is CANCELLED already/ });
    }
    assert.equal((await runs.list({ limit: 1000 }, { statuses: ['RUNNING'] })).length, 0);
    assert.deepEqual(faults, []);
  });

  it('lets nothing follow the last event when a cancellation meets it', async () => {
    const { engine, runs, store } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(10));
    engine.step(started);
    engine.step(completed);
    // The engine has told of its end and is cancelled before it could return.
    await assert.rejects(runs.cancel(id), { code: 'RUN_STATE', message: /is COMPLETED already/ });
    const steps = (await store.events.page(id, { limit: 10 })).map(({ step }) => step.type);
    assert.deepEqual(steps, ['STARTED', 'COMPLETED']);
    assert.equal((await runs.startCirculation(subject, circulation(10))).id, id, 'it still answers its question');
  });

  it('fails a circulation that the engine ends without completing it', async () => {
    const { engine, faults, runs } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(11));
    engine.step(started);
    engine.end();
    const events = await Array.fromAsync(runs.events(id));
    assert.deepEqual(
      events.map(({ step }) => step.type),
      ['STARTED', 'FAILED'],
    );
    assert.match(String(faults.pop()), /without completing/);
  });

  it('stops a run of which a step cannot be stored, and stores nothing behind the gap', async () => {
    const { engine, faults, runs } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(12));
    engine.step(started);
    const block = passed(0) as Extract<ReturnType<typeof passed>, { type: 'LAYER' }>;
    engine.step({ ...block, elapsed: Number.NaN });
    engine.step(passed(1));
    const events = await Array.fromAsync(runs.events(id));
    const steps = events.map(({ step }) => step.type);
    assert.equal(steps.at(-1), 'FAILED');
    assert.ok(!steps.includes('LAYER'), steps.join());
    assert.match(String(faults.pop()), /NaN cannot be stored/);
  });

  it('tells of a start that could not be stored, and goes on with the run', async () => {
    const { engine, faults, runs, store } = fixture;
    const fault = new Error('disk is broken');
    mock.method(store, 'started', () => Promise.reject(fault));
    assert.equal((await attributed(runs, attribution(26))).run.status, 'COMPLETED');
    const { id } = await runs.startCirculation(subject, circulation(26));
    engine.step(started);
    engine.step(completed);
    engine.end();
    await Array.fromAsync(runs.events(id));
    mock.restoreAll();
    assert.equal((await runs.find(id))?.status, 'COMPLETED');
    assert.deepEqual(faults, [fault, fault]);
  });

  it('when it closes, ends what is under way, tells those who wait, and starts no more', async () => {
    const { engine, faults, runs, store } = fixture;
    const stored = await attributed(runs, attribution(35));
    engine.held = new Promise(() => undefined);
    const closing = new RunService(store, engine, (error) => faults.push(error));
    const circulating = await closing.startCirculation(subject, circulation(14));
    engine.step(started);
    const events = Array.fromAsync(closing.events(circulating.id));
    const waiting = closing.attributions.ask(subject, attribution(14), {});
    const starting = closing.startCirculation(subject, circulation(15));
    const adding = closing.attributions.read(stored.run, subject, { layers: 1 });
    const cancelled = Promise.all([waiting, adding].map((asked) => assert.rejects(asked, { code: 'CANCELLED' })));
    await engine.asked('attribution', 3);
    await closing.close();
    assert.equal((await events).at(-1)?.step.type, 'FAILED');
    await cancelled;
    for (const { id } of [circulating, await starting])
      assert.equal((await store.find(id))?.error?.code, 'INTERRUPTED');
    await assert.rejects(closing.startCirculation(subject, circulation(16)), { code: 'CANCELLED' });
    assert.deepEqual(await store.housekeeping.unfinished(), []);
    assert.deepEqual(faults, []);
  });

  it('deletes a run that is over with all it told, and refuses to delete one under way', async () => {
    const { runs, store } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(8));
    await assert.rejects(runs.delete(id), { code: 'RUN_STATE' });
    await runs.cancel(id);
    await runs.delete(id);
    assert.equal(await runs.find(id), undefined);
    assert.deepEqual(await store.events.page(id, { limit: 10 }), []);
    await assert.rejects(runs.delete(id), { code: 'UNKNOWN_RUN' });
  });

  it('lists newest first, page by page, without a gap or a repetition', async () => {
    const { runs } = fixture;
    const all = await runs.list({ limit: 1000 });
    const pages: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await runs.list({ limit: 30, after });
      if (page.length === 0) break;
      pages.push(...page.map(({ id }) => id));
      after = page.at(-1)?.id;
    }
    assert.deepEqual(
      pages,
      all.map(({ id }) => id),
    );
    const backwards = await runs.list({ limit: 1000, inverted: true });
    assert.deepEqual(
      backwards.map(({ id }) => id),
      pages.toReversed(),
    );
    const [first, second, third] = all.map(({ id }) => id);
    assert.ok(first && second && third);
    await runs.delete(second);
    assert.equal((await runs.list({ limit: 1, after: second }))[0]?.id, third, 'a page may begin at a deleted run');
    assert.equal((await runs.list({ limit: 1, before: second, inverted: true }))[0]?.id, first);
    const cancelled = await runs.list({ limit: 100 }, { statuses: ['CANCELLED'], kinds: ['CIRCULATION'], model: 'm' });
    assert.ok(cancelled.length > 0 && cancelled.every(({ status }) => status === 'CANCELLED'));
  });
});
