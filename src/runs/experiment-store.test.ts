/** Experiments, and which runs belong to them, in the database. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attribution, circulation, subject } from '../../test/support/scripted-engine.ts';
import { storeRuns } from '../../test/support/stored-runs.ts';
import { onEachStore } from '../../test/support/stores.ts';
import type { TemporaryRuns } from '../../test/support/temporary-runs.ts';

const details = (name: string) => ({ name, description: '', tags: [] });
const taken = { code: 'INPUT', message: /^There is an experiment "a" already; take another name$/ };
const unknownExperiment = { code: 'UNKNOWN_EXPERIMENT', message: /^There is no experiment nothing;/ };

/** Ids of its runs, newest first. */
async function members({ store }: TemporaryRuns, experiment: string): Promise<string[]> {
  return (await store.list({ limit: 10_000 }, { experiment })).map(({ id }) => id);
}

onEachStore('an experiment', ({ temporaryRuns }) => {
  it('is as it was made, whatever is written of it, and is found by its id and its name', async () => {
    await using fixture = await temporaryRuns();
    const { experiments } = fixture.store;
    const hostile = { name: "'; DROP TABLE Run; -- %_", description: 'a\0b\n\ud800"', tags: ['"]', '%', '🙂'] };
    const made = await experiments.create(hostile);
    const { id, createdAt, ...rest } = made;
    assert.deepEqual(rest, { owner: '', ...hostile });
    assert.ok(Date.now() - createdAt.getTime() < 60_000);
    assert.deepEqual(await experiments.find(id), made);
    assert.deepEqual(await experiments.findByName(hostile.name), made);
    for (const name of ['%', "'; DROP TABLE Run; -- ", hostile.name.toLowerCase()])
      assert.equal(await experiments.findByName(name), undefined);
  });

  it('has a name that no other has, in this case', async () => {
    await using fixture = await temporaryRuns();
    const { experiments } = fixture.store;
    const a = await experiments.create(details('a'));
    const b = await experiments.create(details('A'));
    await assert.rejects(experiments.create(details('a')), { ...taken, details: { field: 'name' } });
    await assert.rejects(experiments.update(b.id, { name: 'a' }, 'input.name'), {
      ...taken,
      details: { field: 'input.name' },
    });
    assert.equal((await experiments.update(a.id, { name: 'a' })).name, 'a', 'its own name is not taken');
    assert.deepEqual(await experiments.list({ limit: 9 }), [b, a]);
  });

  it('is made once, however many make it at once', async () => {
    await using fixture = await temporaryRuns();
    const { experiments } = fixture.store;
    const made = await Promise.allSettled(Array.from({ length: 9 }, () => experiments.create(details('a'))));
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await experiments.list({ limit: 9 })).length, 1);
  });

  it('is changed in what is given alone', async () => {
    await using fixture = await temporaryRuns();
    const { experiments } = fixture.store;
    const made = await experiments.create({ name: 'a', description: 'what', tags: ['x'] });
    const changed = await experiments.update(made.id, { description: '', tags: ['y', 'z'] });
    assert.deepEqual(changed, { ...made, description: '', tags: ['y', 'z'] });
    assert.deepEqual(await experiments.update(made.id, {}), changed);
    assert.deepEqual(await experiments.update(made.id, { name: 'b' }), { ...changed, name: 'b' });
    assert.equal(await experiments.findByName('a'), undefined);
    await assert.rejects(experiments.update('nothing', { name: 'c' }), unknownExperiment);
  });

  it('leaves its runs when it is deleted, also to others that they belong to', async () => {
    await using fixture = await temporaryRuns();
    const { store } = fixture;
    const ids = await storeRuns(fixture, 3);
    const a = await store.experiments.create(details('a'));
    const b = await store.experiments.create(details('b'));
    for (const { id } of [a, b]) await store.experiments.add(id, { ids });
    assert.deepEqual(await store.experiments.delete(a.id), a);
    assert.equal(await store.experiments.find(a.id), undefined);
    assert.deepEqual(await members(fixture, 'a'), []);
    assert.deepEqual(await members(fixture, 'b'), ids.toReversed());
    assert.deepEqual(await store.experiments.ofRun(ids[0] ?? ''), [b]);
    await assert.rejects(store.experiments.delete(a.id), { code: 'UNKNOWN_EXPERIMENT' });
    assert.equal(await fixture.database.experimentRun.count(), 3);
  });

  it('has no run more that was deleted', async () => {
    await using fixture = await temporaryRuns();
    const { store, database } = fixture;
    const [one = '', other = ''] = await storeRuns(fixture, 2);
    const { id } = await store.experiments.create(details('a'));
    await store.experiments.add(id, { ids: [one, other] });
    assert.equal(await store.delete(one), true);
    assert.deepEqual(await members(fixture, 'a'), [other]);
    assert.equal(await database.experimentRun.count(), 1);
    assert.deepEqual(await store.experiments.ofRun(one), []);
  });
});

onEachStore('a list of experiments', ({ temporaryRuns }) => {
  it('is of those that a filter admits, newest first, in pages from both ends', async () => {
    await using fixture = await temporaryRuns();
    const { experiments } = fixture.store;
    const names = ['Names move', 'heads', 'NAMES', '100%', 'ÜBER'];
    for (const [index, name] of names.entries())
      await experiments.create({ name, description: '', tags: index % 2 ? ['odd'] : ['even', 'x'] });
    const found = async (...list: Parameters<typeof experiments.list>) =>
      (await experiments.list(...list)).map(({ name }) => name);
    const all = names.toReversed();
    assert.deepEqual(await found({ limit: 9 }), all);
    assert.deepEqual(await found({ limit: 9, inverted: true }), names);
    assert.deepEqual(await found({ limit: 9 }, { name: null, tag: null }), all);
    assert.deepEqual(await found({ limit: 9 }, { name: 'names' }), ['NAMES', 'Names move']);
    assert.deepEqual(await found({ limit: 1 }, { name: 'names' }), ['NAMES']);
    assert.deepEqual(await found({ limit: 1, inverted: true }, { name: 'names' }), ['Names move']);
    assert.deepEqual(await found({ limit: 9 }, { name: '%' }), ['100%']);
    assert.deepEqual(await found({ limit: 9 }, { name: 'über' }), ['ÜBER']);
    assert.deepEqual(await found({ limit: 9 }, { tag: 'odd' }), ['100%', 'heads']);
    assert.deepEqual(await found({ limit: 9 }, { tag: 'od' }), []);
    assert.deepEqual(await found({ limit: 9 }, { tag: 'even', name: 'b' }), ['ÜBER']);
    const [, after = '', , before = ''] = (await experiments.list({ limit: 9 })).map(({ id }) => id);
    assert.deepEqual(await found({ limit: 9, after, before }), ['NAMES']);
    assert.deepEqual(await found({ limit: 9, after }, { tag: 'x' }), ['NAMES', 'Names move']);
  });

  it('is looked through to its end for the few that are meant', async () => {
    await using fixture = await temporaryRuns();
    const { database, store } = fixture;
    const data = Array.from({ length: 1200 }, (_, index) => ({
      id: store.newId(),
      name: `${index}`,
      tags: index % 500 === 3 ? '["x"]' : '[]',
      createdAt: new Date(0),
    }));
    await database.experiment.createMany({ data });
    const found = async (inverted: boolean, limit: number) =>
      (await store.experiments.list({ limit, inverted }, { tag: 'x' })).map(({ name }) => name);
    assert.deepEqual(await found(false, 9), ['1003', '503', '3']);
    assert.deepEqual(await found(true, 2), ['3', '503']);
  });
});

onEachStore('runs of an experiment', ({ temporaryRuns }) => {
  it('join and leave by their ids, each once, in several experiments', async () => {
    await using fixture = await temporaryRuns();
    const { experiments } = fixture.store;
    const [x = '', y = '', z = ''] = await storeRuns(fixture, 3);
    const a = await experiments.create(details('a'));
    const b = await experiments.create(details('b'));
    assert.equal(await experiments.add(a.id, { ids: [x, y, x] }), 2);
    assert.equal(await experiments.add(a.id, { ids: [y, z] }), 1);
    assert.equal(await experiments.add(b.id, { ids: [z] }), 1);
    assert.equal(await experiments.add(b.id, { ids: [] }), 0);
    assert.deepEqual(await members(fixture, 'a'), [z, y, x]);
    assert.deepEqual(await Promise.all([x, z, 'nothing'].map((run) => experiments.ofRun(run))), [[a], [a, b], []]);
    assert.equal(await experiments.remove(a.id, { ids: [z, x, z] }), 2);
    assert.equal(await experiments.remove(a.id, { ids: [z] }), 0);
    assert.deepEqual(await members(fixture, 'a'), [y]);
    assert.deepEqual(await members(fixture, 'b'), [z]);
    assert.deepEqual([...(await experiments.among('a', [x, y, z]))], [y]);
  });

  it('join in the transaction of whoever makes them, by the name of an experiment that may not be there', async () => {
    await using fixture = await temporaryRuns();
    const { store, database } = fixture;
    const [x = '', y = '', z = ''] = await storeRuns(fixture, 3);
    const at = new Date(1000);
    const joined = (name: string, ...ids: string[]) =>
      database.$transaction(async (transaction) => {
        const { id } = await store.experiments.named(transaction, name, at);
        return store.experiments.join(transaction, id, ids, at);
      });
    assert.deepEqual(await joined('a', x, y, x), [x, y]);
    assert.deepEqual(await joined('a', y, z), [z]);
    assert.deepEqual(await members(fixture, 'a'), [z, y, x]);
    const [{ name, createdAt } = {}] = await store.experiments.list({ limit: 9 });
    assert.deepEqual([name, createdAt], ['a', at]);
    await assert.rejects(joined('b', 'nothing'));
    assert.equal((await store.experiments.list({ limit: 9 })).length, 1, 'neither is there without the other');
  });

  it('all join or none, where one of the ids is none', async () => {
    await using fixture = await temporaryRuns();
    const { experiments } = fixture.store;
    const [x = ''] = await storeRuns(fixture, 1);
    const { id } = await experiments.create(details('a'));
    const unknown = { code: 'UNKNOWN_RUN', message: /^There is no run y;/ };
    await assert.rejects(experiments.add(id, { ids: [x, 'y'] }), unknown);
    assert.deepEqual(await members(fixture, 'a'), []);
    await experiments.add(id, { ids: [x] });
    await assert.rejects(experiments.remove(id, { ids: [x, 'y'] }), unknown);
    assert.deepEqual(await members(fixture, 'a'), [x]);
    for (const meant of [{ ids: [x] }, { filter: {} }]) {
      await assert.rejects(experiments.add('nothing', meant), unknownExperiment);
      await assert.rejects(experiments.remove('nothing', meant), unknownExperiment);
    }
  });

  it('join and leave by a filter, however many', async () => {
    await using fixture = await temporaryRuns();
    const { experiments } = fixture.store;
    const ids = await storeRuns(fixture, 1300, (index) => ({ status: index % 2 ? 'FAILED' : 'COMPLETED' }));
    const failed = ids.filter((_, index) => index % 2);
    const a = await experiments.create(details('a'));
    const b = await experiments.create(details('b'));
    assert.equal(await experiments.add(a.id, { ids: ids.slice(0, 1000) }), 1000);
    assert.equal(await experiments.add(a.id, { filter: {} }), 300);
    assert.equal(await experiments.add(b.id, { filter: { statuses: ['FAILED'], experiment: 'a' } }), 650);
    assert.equal(await experiments.add(b.id, { filter: { statuses: ['FAILED'] } }), 0);
    assert.deepEqual(await members(fixture, 'a'), ids.toReversed());
    assert.deepEqual(await members(fixture, 'b'), failed.toReversed());
    assert.equal(await experiments.remove(a.id, { filter: { statuses: ['COMPLETED'] } }), 650);
    assert.deepEqual(await members(fixture, 'a'), failed.toReversed());
    assert.equal(await experiments.remove(b.id, { filter: { experiment: 'nothing' } }), 0);
    assert.equal(await experiments.remove(b.id, { filter: {} }), 650);
    assert.deepEqual(await members(fixture, 'b'), []);
    assert.equal((await fixture.store.list({ limit: 2000 })).length, 1300);
  });
});

onEachStore('a run that is asked for under names of experiments', ({ provider, temporaryRuns }) => {
  it('joins them, which are made where they are not there', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    const there = await store.experiments.create(details('there'));
    const { id } = await runs.startCirculation(subject, circulation(1), { experiments: ['there', 'new'] });
    const [made, found] = await store.experiments.ofRun(id);
    assert.deepEqual([made?.name, made?.description, made?.tags, found], ['new', '', [], there]);
    assert.deepEqual(await members(fixture, 'new'), [id]);
  });

  it('joins them also where it is found, under way or over, once', async () => {
    await using fixture = await temporaryRuns();
    const { runs, database } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const ask = (...experiments: string[]) => runs.startCirculation(subject, circulation(1), { experiments });
    for (const names of [['a'], ['a'], ['b', 'a'], ['a', 'a']]) assert.equal((await ask(...names)).id, id);
    const named = async (run: string) => (await runs.experiments.ofRun(run)).map(({ name }) => name);
    assert.deepEqual(await named(id), ['a', 'b']);
    const answered = (names: readonly string[]) =>
      runs.attributions.ask(subject, attribution(1), {}, { experiments: names });
    const [{ run } = { run: { id: '' } }] = await answered([]);
    assert.deepEqual(await named(run.id), []);
    await answered(['a']);
    await runs.attributions.start(subject, attribution(1), {}, { experiments: ['c'] });
    assert.deepEqual(await named(run.id), ['a', 'c']);
    assert.equal(await database.experimentRun.count(), 4);
  });

  it('is one of one experiment, however many ask for it at once', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store, database } = fixture;
    const asking = { experiments: ['a'] };
    const started = await Promise.all(
      Array.from({ length: 20 }, (_, index) => runs.startCirculation(subject, circulation(index % 2), asking)),
    );
    assert.equal(new Set(started.map(({ id }) => id)).size, 2);
    assert.equal((await store.experiments.list({ limit: 9 })).length, 1);
    assert.equal(await database.experimentRun.count(), 2);
  });

  it('is not stored without its experiment', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store, database } = fixture;
    await using _ = await provider.refuse(database, { event: 'INSERT', table: 'ExperimentRun', reason: 'fault' });
    await assert.rejects(runs.startCirculation(subject, circulation(1), { experiments: ['a'] }));
    assert.deepEqual(await store.list({ limit: 9 }), []);
    assert.deepEqual(await store.experiments.list({ limit: 9 }), []);
  });

  it('is found without a write where it belongs to them already', async () => {
    await using fixture = await temporaryRuns();
    const { runs, database } = fixture;
    const asking = { experiments: ['a', 'b'] };
    const { id } = await runs.startCirculation(subject, circulation(1), asking);
    const joined = [['a', 'b'], ['b', 'b'], [], ['a', 'c'], ['c']].map((names) =>
      runs.experiments.hasJoined(id, names),
    );
    assert.deepEqual(await Promise.all(joined), [true, true, true, false, false]);
    await using refused = new AsyncDisposableStack();
    for (const event of ['INSERT', 'UPDATE', 'DELETE'] as const)
      for (const table of ['Run', 'Experiment', 'ExperimentRun'] as const)
        refused.use(await provider.refuse(database, { event, table, reason: 'fault' }));
    assert.equal((await runs.startCirculation(subject, circulation(1), asking)).id, id);
    await assert.rejects(runs.startCirculation(subject, circulation(1), { experiments: ['c'] }));
  });
});

onEachStore('what people say of a run', ({ temporaryRuns }) => {
  it('is a pin and a note of any text, of which what is not given stays', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    const [id = ''] = await storeRuns(fixture, 1);
    const before = await store.find(id);
    assert.deepEqual([before?.pinned, before?.note], [false, '']);
    for (const note of [
      'a',
      'it\'s "so"',
      'line\r\nline',
      'a\0b',
      '\ud800',
      '\\',
      '🙂',
      'null',
      'a'.repeat(10_000),
      '',
    ]) {
      assert.equal((await runs.label(id, { note })).note, note);
      assert.equal((await store.find(id))?.note, note);
    }
    await runs.label(id, { pinned: true, note: 'kept' });
    assert.deepEqual(await runs.label(id, {}), { ...before, pinned: true, note: 'kept' });
    assert.deepEqual(await runs.label(id, { pinned: false }), { ...before, note: 'kept' });
    await assert.rejects(runs.label('nothing', { pinned: true }), { code: 'UNKNOWN_RUN' });
  });

  it('finds it', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    const [one = '', other = ''] = await storeRuns(fixture, 2);
    await runs.label(one, { pinned: true });
    const found = async (pinned: boolean | null) => (await store.list({ limit: 9 }, { pinned })).map(({ id }) => id);
    assert.deepEqual([await found(true), await found(false), await found(null)], [[one], [other], [other, one]]);
  });
});
