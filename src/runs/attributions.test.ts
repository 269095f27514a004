/** Attributions that somebody waits for, of one target and of several. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { attributed, serviceFixture, targetsOf } from '../../test/support/run-service.ts';
import { attribution, subject } from '../../test/support/scripted-engine.ts';
import { onEachStore } from '../../test/support/stores.ts';
import { TributaryError } from '../errors.ts';
import { RunService } from './service.ts';

onEachStore('attributions', (store) => {
  const fixture = serviceFixture(store);

  it('asks once more where a run was refused that another client had asked for', async () => {
    const { engine, runs } = fixture;
    const ask = engine.run.bind(engine);
    const refusing = Promise.withResolvers<never>();
    const { mock: asked } = mock.method(engine, 'run', () => refusing.promise);
    const [first, again, other, last] = ['many', 'many', 'few', 'few'].map((client, index) =>
      attributed(runs, attribution(index === 3 ? 302 : 301), {}, { client }),
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
    const { engine, runs } = fixture;
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const left = new AbortController();
    const leaving = attributed(runs, attribution(13), {}, { signal: left.signal });
    const staying = attributed(runs, attribution(13));
    left.abort();
    await assert.rejects(leaving, { name: 'AbortError' });
    held.resolve();
    assert.equal((await staying).run.status, 'COMPLETED');
    assert.equal(engine.attributions.length, 1);
  });

  it('computes several targets of one prompt together, each a run of its own, and only those that are new', async () => {
    const { engine, runs } = fixture;
    const at = (...positions: number[]) => targetsOf(attribution(19), ...positions);
    const first = await attributed(runs, at(0));
    const all = await runs.attributions.ask(subject, at(1, 0, 1), { layers: 1 });
    assert.equal(all[1]?.run.id, first.run.id);
    assert.equal(all[0]?.run.id, all[2]?.run.id, 'the same target twice is one run');
    assert.notEqual(all[0]?.run.id, all[1]?.run.id);
    const asked = engine.attributions.map(({ targets }) => targets.map(({ position }) => position));
    assert.deepEqual(asked, [[0], [1], [0]], 'new ones together; then what the stored one lacks');
    assert.deepEqual(await runs.attributions.ask(subject, at(0, 1), {}), [
      { run: await runs.find(first.run.id), result: { ...all[1]?.result, grains: {} } },
      { ...all[0], result: { ...all[0]?.result, grains: {} } },
    ]);
  });

  it('lets one of several runs that are computed together be cancelled, and all of them', async () => {
    const { engine, faults, runs } = fixture;
    const questions = targetsOf(attribution(20), 0, 1);
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const [one, two] = await runs.attributions.start(subject, questions);
    assert.equal((await runs.cancel(one?.id ?? '')).status, 'CANCELLED');
    assert.equal((await runs.find(two?.id ?? ''))?.finishedAt, null, 'the other goes on');
    assert.equal(engine.signals.attribution[0]?.aborted, false);
    held.resolve();
    assert.equal((await attributed(runs, { ...questions, targets: questions.targets.slice(1) })).run.id, two?.id);
    engine.held = new Promise(() => undefined);
    const again = await runs.attributions.start(subject, { ...questions, inputIds: [1, 21] });
    for (const { id } of again) assert.equal((await runs.cancel(id)).status, 'CANCELLED');
    assert.equal(engine.signals.attribution[1]?.aborted, true);
    assert.deepEqual(faults, []);
  });

  it('does not start a run that was cancelled in the queue when those start that it was to be computed with', async () => {
    const { engine, runs } = fixture;
    const questions = targetsOf(attribution(23), 0, 1);
    const queue = Promise.withResolvers<void>();
    engine.queue = queue.promise;
    const [one, two] = await runs.attributions.start(subject, questions);
    assert.ok(one && two);
    await runs.cancel(one.id);
    queue.resolve();
    assert.equal((await attributed(runs, { ...questions, targets: questions.targets.slice(1) })).run.id, two.id);
    const { status, startedAt } = (await runs.find(one.id)) ?? {};
    assert.deepEqual({ status, startedAt }, { status: 'CANCELLED', startedAt: null });
  });

  it('computes those of several targets that could be stored, when one could not', async () => {
    const { engine, faults, runs, store } = fixture;
    const questions = targetsOf(attribution(24), 0, 1, 2);
    const create = store.findOrCreate.bind(store);
    mock.method(store, 'findOrCreate', (...args: Parameters<typeof create>) => {
      const { kind, input } = args[2];
      return kind === 'LOGIT_ATTRIBUTION' && input.target.position === 1
        ? Promise.reject(new Error('no disk'))
        : create(...args);
    });
    await assert.rejects(runs.attributions.start(subject, questions), /no disk/);
    mock.restoreAll();
    const stored = await runs.attributions.ask(subject, targetsOf(attribution(24), 0, 2), {});
    assert.ok(stored.every(({ run }) => run.status === 'COMPLETED'));
    const asked = engine.attributions.map(({ targets }) => targets.map(({ position }) => position).sort());
    assert.deepEqual(asked, [[0, 2]]);
    assert.deepEqual(faults, []);
  });

  it('says when an attribution was asked for, when a worker took it and when it ended', async () => {
    const { database, storeOn, engine, faults } = fixture;
    let time = Date.UTC(2100, 0, 1);
    const now = () => new Date(++time);
    const timed = new RunService(storeOn(database, now), engine, (error) => faults.push(error));
    const queue = Promise.withResolvers<void>();
    engine.queue = queue.promise;
    const [waiting] = await timed.attributions.start(subject, attribution(25));
    assert.deepEqual([waiting?.startedAt, waiting?.finishedAt], [null, null]);
    const taken = now();
    queue.resolve();
    const [answer] = await timed.attributions.ask(subject, attribution(25), {});
    const { createdAt, startedAt, finishedAt } = answer?.run ?? {};
    const moments = [createdAt, taken, startedAt, finishedAt, now()].map((moment) => moment?.getTime() ?? Number.NaN);
    for (const [index, moment] of moments.slice(1).entries())
      assert.ok(moment > (moments[index] as number), `${moments}`);
    assert.deepEqual(faults, []);
  });
});
