/** Runs against a real database, with an engine whose steps the test gives. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it, mock } from 'node:test';
import {
  attribution,
  circulation,
  completed,
  passed,
  ScriptedEngine,
  started,
  subject,
} from '../../test/support/scripted-engine.ts';
import { TributaryError } from '../errors.ts';
import type { AttributionResult, AttributionSelection } from '../explain/attribution/result.ts';
import type { PrismaClient } from './generated/client.ts';
import { RunService } from './service.ts';
import { openDatabase } from './sqlite/database.ts';
import { RunStore } from './store.ts';

describe('the run service', () => {
  let folder: string;
  let database: PrismaClient;
  let store: RunStore;
  let engine: ScriptedEngine;
  let runs: RunService;
  let faults: unknown[];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
    database = await openDatabase(`file:${join(folder, 'deep', 'er', 'test.db')}`);
    store = new RunStore(database);
  });
  after(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });
  /** The one answer to a question with one target. */
  const attributed = async (
    questions: Parameters<RunService['attributions']>[1],
    selection: Parameters<RunService['attributions']>[2] = {},
    options?: Parameters<RunService['attributions']>[3],
  ) => {
    const [answer] = await runs.attributions(subject, questions, selection, options);
    assert.ok(answer);
    return answer;
  };
  /** The same questions at several positions of the prompt. */
  const targetsOf = (questions: ReturnType<typeof attribution>, ...positions: number[]) => ({
    ...questions,
    targets: positions.flatMap((position) => questions.targets.map((target) => ({ ...target, position }))),
  });
  afterEach(() => mock.restoreAll());
  beforeEach(() => {
    engine = new ScriptedEngine();
    faults = [];
    runs = new RunService(store, engine, (error) => faults.push(error));
  });

  it('gives the same question one run, also when it is asked many times at once', async () => {
    const started = await Promise.all(Array.from({ length: 20 }, () => runs.startCirculation(subject, circulation(1))));
    assert.equal(new Set(started.map(({ id }) => id)).size, 1);
    assert.equal(engine.circulations, 1);
    const other = await runs.startCirculation({ ...subject, revision: 'r2' }, circulation(1));
    assert.notEqual(other.id, started[0]?.id, 'another revision of the model is another question');
    await runs.close();
  });

  it('answers a circulation by one that tells at least as much, and starts another for what none tells', async () => {
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
    const question = circulation(305);
    const asked = [3, 7].map((top) => runs.startCirculation(subject, { ...question, figures: ['PATTERNS'], top }));
    const [one, two] = await Promise.all(asked);
    assert.equal(one?.id, two?.id);
    await runs.close();
  });

  it('closes though the same target is asked for twice at that moment', { timeout: 20_000 }, async () => {
    const asked = runs.startAttributions(subject, targetsOf(attribution(300), 1, 1));
    asked.catch(() => undefined);
    await runs.close();
    await assert.rejects(asked, { code: 'CANCELLED' });
  });

  it('stores a step before anyone hears of it, and hands out what is stored', async () => {
    const { id } = await runs.startCirculation(subject, circulation(2));
    const reader = runs.events(id);
    engine.step(started);
    const first = await reader.next();
    assert.deepEqual(first.value, (await store.events(id, undefined, 10))[0]);
    engine.step(completed);
    engine.end();
    assert.equal((await reader.next()).value?.step.type, 'COMPLETED');
    assert.deepEqual(await reader.next(), { done: true, value: undefined });
    assert.equal((await runs.find(id))?.status, 'COMPLETED');
  });

  it('lets a reader leave at once while it waits, and wakes it for every later event', async () => {
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
    const { id } = await runs.startCirculation(subject, circulation(5));
    const fault = new Error('a secret of the inside');
    engine.fail(fault);
    for await (const { step } of runs.events(id))
      assert.ok(step.type === 'FAILED' && step.code === 'INTERNAL' && !step.message.includes('secret'));
    assert.equal(faults.at(-1), fault);
  });

  it('computes of an attribution only what is not stored, and adds it to the same run', async () => {
    const first = await attributed(attribution(6));
    const again = await attributed(attribution(6));
    assert.equal(again.run.id, first.run.id);
    assert.equal(engine.attributions.length, 1);
    const finer = { 'edges.TOTAL': 3, layers: 1 };
    const more = await attributed(attribution(6), finer);
    assert.equal(more.run.id, first.run.id);
    assert.deepEqual(engine.attributions.at(-1)?.selection, finer);
    assert.equal(engine.attributions.length, 2);
    const fewer = await attributed(attribution(6), { 'edges.TOTAL': 2 });
    assert.deepEqual(Object.keys(fewer.result.grains), ['edges.TOTAL']);
    assert.equal(engine.attributions.length, 2);
    await assert.rejects(runs.answer(first.run, null, { neurons: 1 }), /checkpoint .* gone or has changed/);
  });

  it('computes a finer grain once for all who ask for it meanwhile, and beside it what else is asked for', async () => {
    const { run } = await attributed(attribution(27));
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const ask = (selection: AttributionSelection) => runs.answer(run, subject, selection);
    const finer = { neurons: 3, layers: 1 };
    const adding = [ask(finer), ask(finer)];
    await engine.asked('attribution', 2);
    adding.push(ask({ neurons: 2 }), ask({ neurons: 3, 'edges.TOTAL': 2 }), ask({ neurons: 4 }));
    await engine.asked('attribution', 4);
    held.resolve();
    const answers = await Promise.all(adding);
    assert.deepEqual(answers[1], answers[0]);
    const counts = answers.map(({ grains }) => grains.neurons?.[0]?.length);
    assert.ok(
      counts.every((count = 0, index) => count >= ([3, 3, 2, 3, 4][index] as number)),
      `${counts}`,
    );
    assert.deepEqual(
      engine.attributions.map(({ selection }) => selection),
      [{}, finer, { 'edges.TOTAL': 2 }, { neurons: 4 }],
    );
    assert.equal((await ask({ neurons: 4 })).grains.neurons?.[0]?.length, 4, 'the longer list is kept');
    assert.equal(engine.attributions.length, 4);
  });

  it('shows what is stored while something is added', async () => {
    const { run, result } = await attributed(attribution(28));
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const adding = runs.answer(run, subject, { layers: 1 });
    await engine.asked('attribution', 2);
    assert.deepEqual(await runs.answer(run, subject, {}), result);
    assert.deepEqual((await attributed(attribution(28))).result, result);
    held.resolve();
    assert.ok((await adding).grains.layers);
  });

  it('ends an addition when the last one leaves who waits for it, and computes it anew for the next', async () => {
    const { run } = await attributed(attribution(29));
    engine.held = new Promise(() => undefined);
    const leaving = [new AbortController(), new AbortController(), new AbortController()] as const;
    const [one, two] = leaving.slice(0, 2).map(({ signal }) => runs.answer(run, subject, { layers: 1 }, { signal }));
    assert.ok(one && two);
    await engine.asked('attribution', 2);
    leaving[0].abort(new Error('one is gone'));
    await assert.rejects(one, /one is gone/);
    assert.equal(engine.signals.attribution[1]?.aborted, false);
    leaving[1].abort(new Error('two is gone'));
    await assert.rejects(two, /two is gone/);
    assert.equal(engine.signals.attribution[1]?.aborted, true);
    const three = attributed(attribution(29), { layers: 1 }, { signal: leaving[2].signal });
    await engine.asked('attribution', 3);
    leaving[2].abort(new Error('three is gone'));
    await assert.rejects(three, /three is gone/);
    assert.equal(engine.signals.attribution[2]?.aborted, true);
    engine.held = Promise.resolve();
    assert.ok((await runs.answer(run, subject, { layers: 1 })).grains.layers);
    const gone = runs.answer(run, subject, { neurons: 1 }, { signal: AbortSignal.abort(new Error('gone before')) });
    await assert.rejects(gone, /gone before/);
    await runs.answer(run, subject, { neurons: 2 });
    assert.deepEqual(engine.attributions.at(-1)?.selection, { neurons: 2 });
    assert.equal(engine.attributions.length, 5, 'nothing was begun for who had gone before');
    assert.deepEqual(faults, []);
  });

  it('computes anew what was left, though that has not ended yet', async () => {
    const { run } = await attributed(attribution(31));
    const ended = Promise.withResolvers<AttributionResult[]>();
    const begun = Promise.withResolvers<void>();
    const slow = () => {
      begun.resolve();
      return ended.promise;
    };
    mock.method(engine, 'run', slow, { times: 1 });
    const leaving = new AbortController();
    const left = runs.answer(run, subject, { layers: 1 }, { signal: leaving.signal });
    await begun.promise;
    leaving.abort(new Error('gone'));
    await assert.rejects(left, /gone/);
    assert.ok((await runs.answer(run, subject, { layers: 1 })).grains.layers);
    ended.reject(new TributaryError('CANCELLED', 'ended at last'));
    await assert.rejects(runs.cancel(run.id), { code: 'RUN_STATE' }, 'nothing is added any more');
  });

  it('computes nothing that was added since it was found missing', async () => {
    const { run } = await attributed(attribution(32));
    const [read, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const partNames = store.partNames.bind(store);
    mock.method(
      store,
      'partNames',
      async (id: string) => {
        const names = await partNames(id);
        read.resolve();
        await held.promise;
        return names;
      },
      { times: 1 },
    );
    const late = runs.answer(run, subject, { layers: 1 });
    await read.promise;
    const early = await runs.answer(run, subject, { layers: 1 });
    held.resolve();
    assert.deepEqual(await late, early);
    assert.equal(engine.attributions.length, 2);
  });

  it('adds to each run what was asked of it', async () => {
    const both = [await attributed(attribution(33)), await attributed(attribution(34))];
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const adding = both.map(({ run }) => runs.answer(run, subject, { layers: 1 }));
    await engine.asked('attribution', 4);
    held.resolve();
    for (const { grains } of await Promise.all(adding)) assert.ok(grains.layers);
  });

  it('ends what is added to a run that is cancelled, for all who wait for it; the run stays as it is', async () => {
    const { run, result } = await attributed(attribution(30));
    engine.held = new Promise(() => undefined);
    const adding = [runs.answer(run, subject, { layers: 1 }), attributed(attribution(30), { neurons: 1 })];
    await engine.asked('attribution', 3);
    const told = Promise.all(adding.map((added) => assert.rejects(added, { code: 'CANCELLED' })));
    assert.deepEqual(await runs.cancel(run.id), run);
    await told;
    assert.equal(engine.signals.attribution[1]?.aborted && engine.signals.attribution[2]?.aborted, true);
    await assert.rejects(runs.cancel(run.id), { code: 'RUN_STATE', message: /is COMPLETED already/ });
    assert.deepEqual((await attributed(attribution(30))).result, result);
    engine.held = Promise.resolve();
    const more = await attributed(attribution(30), { layers: 1 });
    assert.equal(more.run.id, run.id);
    assert.ok(more.result.grains.layers);
  });

  it('computes nothing for paths that begin outside of the prompt', async () => {
    const outside = { 'paths.99': 5, 'paths.-3': 5 };
    const { run } = await attributed(attribution(22), outside);
    assert.equal((await attributed(attribution(22), outside)).run.id, run.id);
    assert.deepEqual(
      engine.attributions.map(({ selection }) => selection),
      [{}],
    );
  });

  it('says of a run left behind by a dead process why it ended', async () => {
    const { id } = await runs.startCirculation(subject, circulation(7));
    engine.step(started);
    await runs.events(id).next();
    const next = new RunService(store, engine, () => undefined);
    assert.ok((await next.recover()).some((run) => run.id === id));
    const steps = (await store.events(id, undefined, 10)).map(({ step }) => step.type);
    assert.deepEqual(steps, ['STARTED', 'FAILED']);
    assert.equal((await next.find(id))?.error?.code, 'INTERRUPTED');
    assert.deepEqual(await next.recover(), [], 'once is enough');
  });

  it('starts and cancels 200 runs one after the other, and every one of them ends as cancelled', async () => {
    for (let round = 0; round < 200; round++) {
      const { id } = await runs.startCirculation(subject, circulation(1000 + round));
      if (round % 2 === 0) engine.step(started);
      assert.equal((await runs.cancel(id)).status, 'CANCELLED');
      await assert.rejects(runs.cancel(id), { code: 'RUN_STATE', message: /is CANCELLED already/ });
    }
    assert.equal((await runs.list({ limit: 1000 }, { status: 'RUNNING' })).length, 0);
    assert.deepEqual(faults, []);
  });

  it('lets nothing follow the last event when a cancellation meets it', async () => {
    const { id } = await runs.startCirculation(subject, circulation(10));
    engine.step(started);
    engine.step(completed);
    // The engine has told of its end and is cancelled before it could return.
    await assert.rejects(runs.cancel(id), { code: 'RUN_STATE', message: /is COMPLETED already/ });
    const steps = (await store.events(id, undefined, 10)).map(({ step }) => step.type);
    assert.deepEqual(steps, ['STARTED', 'COMPLETED']);
    assert.equal((await runs.startCirculation(subject, circulation(10))).id, id, 'it still answers its question');
  });

  it('fails a circulation that the engine ends without completing it', async () => {
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

  it('asks once more where a run was refused that another client had asked for', async () => {
    const ask = engine.run.bind(engine);
    const refusing = Promise.withResolvers<never>();
    const { mock: asked } = mock.method(engine, 'run', () => refusing.promise);
    const [first, again, other, last] = ['many', 'many', 'few', 'few'].map((client, index) =>
      attributed(attribution(index === 3 ? 302 : 301), {}, { client }),
    );
    // By the last one's turn to be stored the others have found the first one's run.
    while (asked.callCount() < 2) await new Promise(setImmediate);
    asked.mockImplementation(ask as typeof engine.run);
    const refusal = new TributaryError('OVER_CAPACITY', 'too many wait', { retryAfter: 3 });
    const refused = Promise.all([first, again, last].map((one) => assert.rejects(async () => one, refusal)));
    refusing.reject(refusal);
    await refused;
    assert.equal((await other)?.run.status, 'COMPLETED');
    assert.equal(engine.attributions.length, 1);
  });

  it('stops waiting for an attribution when it is told to, and the run goes on for who stays', async () => {
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const left = new AbortController();
    const leaving = attributed(attribution(13), {}, { signal: left.signal });
    const staying = attributed(attribution(13));
    left.abort();
    await assert.rejects(leaving, { name: 'AbortError' });
    held.resolve();
    assert.equal((await staying).run.status, 'COMPLETED');
    assert.equal(engine.attributions.length, 1);
  });

  it('computes several targets of one prompt together, each a run of its own, and only those that are new', async () => {
    const at = (...positions: number[]) => targetsOf(attribution(19), ...positions);
    const first = await attributed(at(0));
    const all = await runs.attributions(subject, at(1, 0, 1), { layers: 1 });
    assert.equal(all[1]?.run.id, first.run.id);
    assert.equal(all[0]?.run.id, all[2]?.run.id, 'the same target twice is one run');
    assert.notEqual(all[0]?.run.id, all[1]?.run.id);
    const asked = engine.attributions.map(({ targets }) => targets.map(({ position }) => position));
    assert.deepEqual(asked, [[0], [1], [0]], 'new ones together; then what the stored one lacks');
    assert.deepEqual(await runs.attributions(subject, at(0, 1), {}), [
      { ...all[1], result: { ...all[1]?.result, grains: {} } },
      { ...all[0], result: { ...all[0]?.result, grains: {} } },
    ]);
  });

  it('lets one of several runs that are computed together be cancelled, and all of them', async () => {
    const questions = targetsOf(attribution(20), 0, 1);
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const [one, two] = await runs.startAttributions(subject, questions);
    assert.equal((await runs.cancel(one?.id ?? '')).status, 'CANCELLED');
    assert.equal((await runs.find(two?.id ?? ''))?.finishedAt, null, 'the other goes on');
    assert.equal(engine.signals.attribution[0]?.aborted, false);
    held.resolve();
    assert.equal((await attributed({ ...questions, targets: questions.targets.slice(1) })).run.id, two?.id);
    engine.held = new Promise(() => undefined);
    const again = await runs.startAttributions(subject, { ...questions, inputIds: [1, 21] });
    for (const { id } of again) assert.equal((await runs.cancel(id)).status, 'CANCELLED');
    assert.equal(engine.signals.attribution[1]?.aborted, true);
    assert.deepEqual(faults, []);
  });

  it('does not start a run that was cancelled in the queue when those start that it was to be computed with', async () => {
    const questions = targetsOf(attribution(23), 0, 1);
    const queue = Promise.withResolvers<void>();
    engine.queue = queue.promise;
    const [one, two] = await runs.startAttributions(subject, questions);
    assert.ok(one && two);
    await runs.cancel(one.id);
    queue.resolve();
    assert.equal((await attributed({ ...questions, targets: questions.targets.slice(1) })).run.id, two.id);
    const { status, startedAt } = (await runs.find(one.id)) ?? {};
    assert.deepEqual({ status, startedAt }, { status: 'CANCELLED', startedAt: null });
  });

  it('computes those of several targets that could be stored, when one could not', async () => {
    const questions = targetsOf(attribution(24), 0, 1, 2);
    const create = store.findOrCreate.bind(store);
    mock.method(store, 'findOrCreate', (...args: Parameters<typeof create>) => {
      const { kind, input } = args[2];
      const { position } = input.target;
      return kind === 'LOGIT_ATTRIBUTION' && position === 1 ? Promise.reject(new Error('no disk')) : create(...args);
    });
    await assert.rejects(runs.startAttributions(subject, questions), /no disk/);
    mock.restoreAll();
    const stored = await runs.attributions(subject, targetsOf(attribution(24), 0, 2), {});
    assert.ok(stored.every(({ run }) => run.status === 'COMPLETED'));
    const asked = engine.attributions.map(({ targets }) => targets.map(({ position }) => position));
    assert.deepEqual(asked, [[0, 2]]);
    assert.deepEqual(faults, []);
  });

  it('says when an attribution was asked for, when a worker took it and when it ended', async () => {
    let time = Date.UTC(2100, 0, 1);
    const now = () => new Date(++time);
    const timed = new RunService(new RunStore(database, now), engine, (error) => faults.push(error));
    const queue = Promise.withResolvers<void>();
    engine.queue = queue.promise;
    const [waiting] = await timed.startAttributions(subject, attribution(25));
    assert.deepEqual([waiting?.startedAt, waiting?.finishedAt], [null, null]);
    const taken = now();
    queue.resolve();
    const [answer] = await timed.attributions(subject, attribution(25), {});
    const { createdAt, startedAt, finishedAt } = answer?.run ?? {};
    const moments = [createdAt, taken, startedAt, finishedAt, now()].map((moment) => moment?.getTime() ?? Number.NaN);
    for (const [index, moment] of moments.slice(1).entries())
      assert.ok(moment > (moments[index] as number), `${moments}`);
    assert.deepEqual(faults, []);
  });

  it('tells of a start that could not be stored, and goes on with the run', async () => {
    const fault = new Error('disk is broken');
    mock.method(store, 'started', () => Promise.reject(fault));
    assert.equal((await attributed(attribution(26))).run.status, 'COMPLETED');
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
    const stored = await attributed(attribution(35));
    engine.held = new Promise(() => undefined);
    const closing = new RunService(store, engine, (error) => faults.push(error));
    const circulating = await closing.startCirculation(subject, circulation(14));
    engine.step(started);
    const events = Array.fromAsync(closing.events(circulating.id));
    const waiting = closing.attributions(subject, attribution(14), {});
    const starting = closing.startCirculation(subject, circulation(15));
    const adding = closing.answer(stored.run, subject, { layers: 1 });
    await engine.asked('attribution', 3);
    await closing.close();
    assert.equal((await events).at(-1)?.step.type, 'FAILED');
    await assert.rejects(waiting, { code: 'CANCELLED' });
    await assert.rejects(adding, { code: 'CANCELLED' });
    for (const { id } of [circulating, await starting])
      assert.equal((await store.find(id))?.error?.code, 'INTERRUPTED');
    await assert.rejects(closing.startCirculation(subject, circulation(16)), { code: 'CANCELLED' });
    assert.deepEqual(await store.unfinished(), []);
    assert.deepEqual(faults, []);
  });

  it('adds nothing to an answer that was made by an earlier version of its method', async () => {
    const { run } = await attributed(attribution(17));
    const earlier = { ...run, contentHash: 'of another version' };
    await runs.answer(earlier, subject, {});
    await assert.rejects(runs.answer(earlier, subject, { layers: 1 }), { code: 'RUN_STATE' });
  });

  it('lets an answer be deleted while something is added to it', async () => {
    const { run } = await attributed(attribution(18));
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const adding = runs.answer(run, subject, { layers: 1 });
    await runs.delete(run.id);
    held.resolve();
    await assert.rejects(adding, { code: 'UNKNOWN_RUN' });
  });

  it('deletes a run that is over with all it told, and refuses to delete one under way', async () => {
    const { id } = await runs.startCirculation(subject, circulation(8));
    await assert.rejects(runs.delete(id), { code: 'RUN_STATE' });
    await runs.cancel(id);
    await runs.delete(id);
    assert.equal(await runs.find(id), undefined);
    assert.deepEqual(await store.events(id, undefined, 10), []);
    await assert.rejects(runs.delete(id), { code: 'UNKNOWN_RUN' });
  });

  it('lists newest first, page by page, without a gap or a repetition', async () => {
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
    const cancelled = await runs.list({ limit: 100 }, { status: 'CANCELLED', kind: 'CIRCULATION', model: 'm' });
    assert.ok(cancelled.length > 0 && cancelled.every(({ status }) => status === 'CANCELLED'));
  });
});
