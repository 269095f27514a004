/** The disk fills up while runs are under way: their questions stay free, and all is well once there is room. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LimitedDisk } from '../../test/support/limited-disk.ts';
import { attribution, circulation, completed, passed, started, subject } from '../../test/support/scripted-engine.ts';
import { temporaryRuns } from '../../test/support/temporary-runs.ts';

/** An answer that takes more than the pages of an empty database. */
const large = { neurons: 1000 };

describe('a full disk', () => {
  it('is told of to who reads a run whose end it did not take, and keeps no question from being asked again', async () => {
    using disk = new LimitedDisk();
    await using fixture = await temporaryRuns();
    const { runs, store, engine, faults } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    await disk.fill(store, id);
    const { eventCount = 0 } = (await runs.find(id)) ?? {};
    const reader = runs.events(id, eventCount - 1);
    const waiting = reader.next();
    const fault = new Error('fault');
    engine.fail(fault);
    await assert.rejects(waiting, { code: 'OVER_CAPACITY', message: /full.*ask.*again/ });
    assert.equal(faults[0], fault);
    assert.match(String(faults[1]), /disk is full/);
    await assert.rejects(runs.startCirculation(subject, circulation(1)), {
      code: 'OVER_CAPACITY',
      message: /disk is full/,
    });
    assert.equal((await runs.find(id))?.status, 'RUNNING');

    disk.empty();
    const again = await runs.startCirculation(subject, circulation(1));
    assert.notEqual(again.id, id);
    for (const step of [started, completed]) engine.step(step);
    engine.end();
    assert.equal((await Array.fromAsync(runs.events(again.id))).length, 2);
    const steps = (await Array.fromAsync(runs.events(id))).map(({ step }) => step);
    assert.ok(steps.slice(0, -1).every(({ type }) => type === 'STARTED'));
    assert.equal(steps.at(-1)?.type, 'FAILED');
    assert.equal((await runs.find(id))?.status, 'FAILED');
    assert.equal((await runs.startCirculation(subject, circulation(1))).id, again.id);
  });

  it('is told of to who waits for an attribution that it did not take, which is computed when it is asked again', async () => {
    using disk = new LimitedDisk();
    await using fixture = await temporaryRuns();
    const { runs, store, engine } = fixture;
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const [run] = await runs.attributions.start(subject, attribution(1), large);
    assert.ok(run);
    await disk.fill(store, run.id);
    const waiting = runs.attributions.ask(subject, attribution(1), large);
    held.resolve();
    await assert.rejects(waiting, { code: 'OVER_CAPACITY', message: /full.*ask.*again/ });

    disk.empty();
    const [answer] = await runs.attributions.ask(subject, attribution(1), large);
    assert.notEqual(answer?.run.id, run.id);
    assert.equal(answer?.result.grains.neurons?.[0]?.length, large.neurons);
  });

  it('fails a run that it has no room for, and takes the reason, which is short', async () => {
    using disk = new LimitedDisk();
    await using fixture = await temporaryRuns();
    const { runs, engine, faults } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    engine.step(started);
    await runs.events(id).next();
    disk.limit();
    engine.step(passed(0, 1000));
    const [, end] = await Array.fromAsync(runs.events(id));
    assert.ok(end?.step.type === 'FAILED' && end.step.code === 'OVER_CAPACITY');
    assert.match(end.step.message, /disk is full; .* ask again/);
    assert.equal(faults.length, 1);
    disk.empty();
    assert.notEqual((await runs.startCirculation(subject, circulation(1))).id, id);
  });

  it('is told of to who asks for a finer grain, and what is stored can be read on', async () => {
    using disk = new LimitedDisk();
    await using fixture = await temporaryRuns();
    const { runs } = fixture;
    const [first] = await runs.attributions.ask(subject, attribution(1), {});
    disk.limit();
    await assert.rejects(runs.attributions.ask(subject, attribution(1), large), {
      code: 'OVER_CAPACITY',
      message: /full/,
    });
    assert.deepEqual(await runs.attributions.ask(subject, attribution(1), {}), [first]);
    disk.empty();
    const [more] = await runs.attributions.ask(subject, attribution(1), large);
    assert.equal(more?.run.id, first?.run.id);
    assert.equal(more?.result.grains.neurons?.[0]?.length, large.neurons);
  });
});
