/** The list of runs as those who follow it are told of it. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import {
  attribution,
  circulation,
  completed,
  passed,
  started,
  stepsOf,
  subject,
} from '../../test/support/scripted-engine.ts';
import { storeRuns } from '../../test/support/stored-runs.ts';
import { onEachStore } from '../../test/support/stores.ts';
import { Pace, ReadingTurns } from '../server/reading-turns.ts';
import type { Unsent } from '../server/unsent.ts';
import { mostChanged, type RunChanges, type RunListReader } from './run-list.ts';

const nothing = { changed: [], removed: [], missed: false };

/** What is told, with a run's status and how many events it has told. */
const shown = ({ changed, removed, missed }: RunChanges) => ({
  changed: changed.map(({ id, status, eventCount }) => ({ id, status, eventCount })),
  removed,
  missed,
});

async function next(reader: RunListReader) {
  const { done, value } = await reader.next();
  assert.ok(!done);
  return shown(value);
}

/** Reads until a run is told of in this status: what of it was told on the way. */
async function until(reader: RunListReader, id: string, status: string) {
  const told: { status: string; eventCount: number }[] = [];
  for (;;) {
    const { changed } = await next(reader);
    for (const run of changed) if (run.id === id) told.push({ status: run.status, eventCount: run.eventCount });
    if (told.at(-1)?.status === status) return told;
  }
}

onEachStore('the list of runs', ({ temporaryRuns }) => {
  it('is told at once that it is followed, then each run as it comes, begins, ends and is deleted', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine } = fixture;
    await runs.attributions.ask(subject, attribution(1), {});
    const queue = Promise.withResolvers<void>();
    engine.queue = queue.promise;
    const reader = runs.changes({});
    assert.deepEqual(await next(reader), nothing);
    const { id } = await runs.startCirculation(subject, circulation(1));
    assert.deepEqual(await until(reader, id, 'QUEUED'), [{ status: 'QUEUED', eventCount: 0 }]);
    queue.resolve();
    await until(reader, id, 'RUNNING');
    for (const step of [started, passed(0), passed(1), completed]) engine.step(step);
    engine.end();
    assert.equal((await until(reader, id, 'COMPLETED')).at(-1)?.eventCount, 4);
    const waiting = reader.next();
    await runs.delete(id);
    const { value } = await waiting;
    assert.deepEqual(value && shown(value), { ...nothing, removed: [id] });
  });

  it('tells of a run that was deleted whatever is done for it afterwards', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    const [answered] = await runs.attributions.ask(subject, attribution(1), {});
    const id = answered?.run.id ?? '';
    const reader = runs.changes({});
    await next(reader);
    await runs.delete(id);
    await store.addParts(id, [], stepsOf({ selection: {} }));
    await store.complete(id, [], stepsOf({ selection: {} }));
    await store.append(id, stepsOf({ selection: {} }));
    assert.deepEqual(await next(reader), { ...nothing, removed: [id] });
  });

  it('tells a reader that was away the newest state of each run, once', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine, store } = fixture;
    const reader = runs.changes({});
    await next(reader);
    const { id } = await runs.startCirculation(subject, circulation(1));
    for (let layer = 0; layer < 50; layer++) await store.append(id, [passed(layer)]);
    const other = await runs.attributions.ask(subject, attribution(1), {});
    engine.step(completed);
    engine.end();
    await Array.fromAsync(runs.events(id));
    const { changed } = await next(reader);
    const attributed = await runs.find(other[0]?.run.id ?? '');
    assert.deepEqual(
      changed.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      [
        { id, status: 'COMPLETED', eventCount: 51 },
        { id: attributed?.id, status: 'COMPLETED', eventCount: attributed?.eventCount },
      ],
    );
  });

  it('tells of those alone that the filter admits, and of those that it admits no more', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine, store } = fixture;
    const queued = runs.changes({ statuses: ['QUEUED'], kinds: ['CIRCULATION'] });
    await next(queued);
    const queue = Promise.withResolvers<void>();
    engine.queue = queue.promise;
    const { id } = await runs.startCirculation(subject, circulation(1));
    assert.deepEqual(await next(queued), { ...nothing, changed: [{ id, status: 'QUEUED', eventCount: 0 }] });
    const asked = queued.next();
    // An attribution is none of them at any time.
    const attributions = runs.attributions.ask(subject, attribution(1), {});
    queue.resolve();
    await attributions;
    assert.deepEqual((await asked).value?.removed, [id]);
    // That it tells more changes nothing here: the next thing told is of another run.
    const later = queued.next();
    for (let layer = 0; layer < 3; layer++) await store.append(id, [passed(layer)]);
    const held = Promise.withResolvers<void>();
    engine.queue = held.promise;
    const another = await runs.startCirculation(subject, circulation(2));
    const { value } = await later;
    assert.deepEqual(value && shown(value).changed, [{ id: another.id, status: 'QUEUED', eventCount: 0 }]);
    assert.deepEqual(value?.removed, []);
    held.resolve();
  });

  it('tells who follows an experiment of runs that join and leave it, and who follows pins of those', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    const [one, other] = await storeRuns(fixture, 2);
    assert.ok(one && other);
    const experiment = await store.experiments.create({ name: 'a', description: '', tags: [] });
    const [all, ofExperiment, pinned] = [{}, { experiment: 'a' }, { pinned: true }].map((filter) =>
      runs.changes(filter),
    );
    assert.ok(all && ofExperiment && pinned);
    for (const reader of [all, ofExperiment, pinned]) assert.deepEqual(await next(reader), nothing);
    const told = async (reader: RunListReader) => {
      const { changed, removed } = await next(reader);
      return { changed: changed.map(({ id }) => id), removed };
    };
    await store.experiments.add(experiment.id, { ids: [one, other] });
    for (const reader of [all, ofExperiment])
      assert.deepEqual(await told(reader), { changed: [one, other], removed: [] });
    await store.experiments.remove(experiment.id, { ids: [one] });
    await runs.label(other, { pinned: true });
    assert.deepEqual(await told(ofExperiment), { changed: [other], removed: [one] });
    // The first of what it is told is that the one is not pinned either.
    assert.deepEqual(await told(pinned), { changed: [other], removed: [one] });
    await runs.label(other, { pinned: false });
    assert.deepEqual(await told(pinned), { changed: [], removed: [other] });
    const { id } = await runs.startCirculation(subject, circulation(1), { experiments: ['a'] });
    for (;;) if ((await told(ofExperiment)).changed.includes(id)) break;
    const [{ run: over } = { run: { id: '' } }] = await runs.attributions.ask(subject, attribution(1), {});
    const ofOther = runs.changes({ experiment: 'b' });
    assert.deepEqual(await next(ofOther), nothing);
    await runs.attributions.ask(subject, attribution(1), {}, { experiments: ['b', 'a'] });
    assert.deepEqual(await told(ofOther), { changed: [over.id], removed: [] });
  });

  it('tells who follows it to read it anew where an experiment is renamed, deleted, or joined by a great many', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    await storeRuns(fixture, 1200);
    const { id } = await store.experiments.create({ name: 'a', description: '', tags: [] });
    const reader = runs.changes({ experiment: 'a' });
    await next(reader);
    for (const change of [
      () => store.experiments.add(id, { filter: {} }),
      () => store.experiments.update(id, { name: 'b' }),
      () => store.experiments.remove(id, { filter: {} }),
      () => store.experiments.delete(id),
    ]) {
      await change();
      assert.deepEqual(await next(reader), { ...nothing, missed: true });
    }
  });

  it('misses none of many runs, and tells of a bounded number at once', async () => {
    await using fixture = await temporaryRuns();
    const { runs } = fixture;
    const reader = runs.changes({});
    await next(reader);
    const count = 3 * mostChanged + 5;
    const all = await Promise.all(
      Array.from({ length: count }, (_, seed) => runs.attributions.ask(subject, attribution(seed), {})),
    );
    const told = new Map<string, string>();
    while (told.size < count || [...told.values()].some((status) => status !== 'COMPLETED')) {
      const { changed } = await next(reader);
      assert.ok(changed.length <= mostChanged);
      for (const { id, status } of changed) told.set(id, status);
    }
    assert.deepEqual([...told.keys()].sort(), all.map(([answered]) => answered?.run.id).sort());
  });

  it('is read once for all who are as far and admit the same', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store, engine } = fixture;
    const reading = mock.method(store.many, 'among');
    const queue = Promise.withResolvers<void>();
    engine.queue = queue.promise;
    const readers = Array.from({ length: 50 }, () => runs.changes({ kinds: ['CIRCULATION'] }));
    await Promise.all(readers.map(next));
    const { id } = await runs.startCirculation(subject, circulation(1));
    const told = await Promise.all(readers.map((reader) => reader.next()));
    assert.equal(new Set(told.map(({ value }) => value)).size, 1, 'it is the same to all');
    assert.equal(told[0]?.value?.changed[0]?.id, id);
    assert.equal(reading.mock.callCount(), 1);
    queue.resolve();
    mock.restoreAll();
  });

  it('is looked up when its reader has a turn: a connection that was behind is told the newest alone', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    let behind: Promise<void> | undefined;
    const turns = new ReadingTurns(new Pace(), { room: undefined } as Unsent, () => behind);
    const reader = runs.changes({}, { turn: turns.turn() });
    await next(reader);
    const caughtUp = Promise.withResolvers<void>();
    behind = caughtUp.promise;
    const waiting = reader.next();
    const { id } = await runs.startCirculation(subject, circulation(1));
    for (let layer = 0; layer < 3; layer++) await store.append(id, [passed(layer)]);
    behind = undefined;
    caughtUp.resolve();
    const { value } = await waiting;
    assert.deepEqual(value && shown(value).changed.map(({ eventCount }) => eventCount), [3]);
  });

  it('is left at once, by whoever waits for it', async () => {
    await using fixture = await temporaryRuns();
    const { runs } = fixture;
    const controller = new AbortController();
    const [left, aborted] = [runs.changes({}), runs.changes({}, { signal: controller.signal })];
    await Promise.all([next(left), next(aborted)]);
    const waiting = [left.next(), aborted.next()];
    await left.return();
    controller.abort();
    assert.deepEqual(await Promise.all(waiting), Array(2).fill({ done: true, value: undefined }));
  });

  it('ends for all when the service closes', async () => {
    await using fixture = await temporaryRuns();
    const { runs } = fixture;
    const reader = runs.changes({});
    await next(reader);
    const waiting = reader.next();
    await runs.close();
    assert.equal((await waiting).done, true);
  });

  it('holds no run: one that nobody reads ends though its list is followed', async () => {
    await using fixture = await temporaryRuns({ grace: 0 });
    const { runs } = fixture;
    const reader = runs.changes({});
    await next(reader);
    const { id } = await runs.startCirculation(subject, circulation(1));
    await runs.events(id).return();
    await until(reader, id, 'CANCELLED');
  });
});
