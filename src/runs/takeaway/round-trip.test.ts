import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attribution, circulation } from '../../../test/support/scripted-engine.ts';
import { onEachStore } from '../../../test/support/stores.ts';
import { asked, attributed, circulated, readable, someRuns } from '../../../test/support/taken-runs.ts';
import type { TemporaryRuns } from '../../../test/support/temporary-runs.ts';
import { methodOf } from '../../explain/attribution/methods/registry.ts';
import type { RunFilter } from '../run-filter.ts';
import type { RunStore } from '../store.ts';
import { storedText } from '../stored-text.ts';
import { jsonl } from './formats/jsonl.ts';
import { importRuns } from './import.ts';

const textsOf = async () => ({ prompt: null, token: () => null });

async function exported(store: RunStore, filter: RunFilter = {}): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(jsonl.write(store, filter, { textsOf })));
}

/** In pieces that end anywhere. */
async function* piecesOf(file: Buffer, size = 1000): AsyncGenerator<Buffer> {
  for (let start = 0; start < file.length; start += size) yield file.subarray(start, start + size);
}

/** Every row of the database that has to do with runs, but the times of joining. */
async function rowsOf({ database }: TemporaryRuns) {
  const members = await database.experimentRun.findMany({ include: { experiment: true } });
  return {
    runs: await database.run.findMany({ orderBy: { id: 'asc' } }),
    events: await database.event.findMany({ orderBy: [{ runId: 'asc' }, { sequence: 'asc' }] }),
    parts: await database.part.findMany({ orderBy: [{ runId: 'asc' }, { name: 'asc' }] }),
    members: members
      .map(({ runId, experiment: { name, description, tags } }) => [runId, name, description, tags])
      .sort(),
  };
}

/** An experiment with these runs. */
async function experiment({ database }: TemporaryRuns, name: string, runs: readonly string[], description = 'why') {
  const createdAt = new Date();
  await database.experiment.create({
    data: { id: name, name, description: storedText(description), tags: '["a","b"]', createdAt },
  });
  await database.experimentRun.createMany({
    data: runs.map((runId) => ({ experimentId: name, runId, addedAt: createdAt })),
  });
}

onEachStore('Runs that are taken along', ({ temporaryRuns }) => {
  it('are the same elsewhere to the last bit, of every kind and end', async () => {
    await using here = await temporaryRuns();
    await using there = await temporaryRuns();
    const ids = await someRuns(here.store);
    await experiment(here, 'names', ids.slice(0, 4));
    await experiment(here, 'others', ids.slice(1, 2), '');
    await here.database.run.updateMany({
      where: { id: ids[0] as string },
      data: {
        pinned: true,
        note: storedText('look, "here"\n'),
        programVersion: '0.2.0',
        methodVersion: JSON.stringify(methodOf('FROZEN').version),
        machine: '{"processor":"p","cores":2,"memory":1e9,"platform":"linux-x64","onnxruntime":"1"}',
      },
    });
    const file = await exported(here.store);
    assert.deepEqual(await importRuns(there.store, piecesOf(file)), {
      imported: 6,
      there: 0,
      refused: [],
      refusedCount: 0,
    });
    const [before, after] = [await rowsOf(here), await rowsOf(there)];
    assert.equal(after.events.length, 3 + 1 + 4 + 5 + 3 * 4);
    // What is counted here is counted there, whatever it was.
    const uncounted = ({ runs, ...rest }: typeof before) => ({
      ...rest,
      runs: runs.map(({ storedBytes: _, machine, ...run }) => ({ ...run, machine: machine && JSON.parse(machine) })),
    });
    assert.deepEqual(uncounted(after), uncounted(before));
    // The header tells when it was written.
    const lines = (text: Buffer) => text.toString().split('\n').slice(1);
    assert.deepEqual(lines(await exported(there.store)), lines(file));
  });

  it('are found there for their questions, and replayed', async () => {
    await using here = await temporaryRuns();
    await using there = await temporaryRuns();
    const id = await attributed(here.store, 1);
    await importRuns(there.store, piecesOf(await exported(here.store)));
    const [found] = await there.runs.attributions.ask(readable, attribution(1), { layers: 1, neurons: 2 });
    assert.equal(found?.run.id, id);
    assert.deepEqual(there.engine.attributions, [], 'nothing was computed');
    const steps = async ({ runs }: TemporaryRuns) =>
      (await Array.fromAsync(runs.events(id))).map(({ seq, at, step }) => ({ seq, at, step }));
    assert.deepEqual(await steps(there), await steps(here));
    assert.equal(
      (await there.store.list({ limit: 5 }, { prompt: 'THE PROMPT\0 of 1' })).length,
      1,
      'by its prompt, too',
    );
  });

  it('are taken once, however often they are brought', async () => {
    await using here = await temporaryRuns();
    await using there = await temporaryRuns();
    const [first = '', second = ''] = await someRuns(here.store);
    const file = await exported(here.store);
    await importRuns(there.store, piecesOf(file));
    await there.database.run.updateMany({ where: { id: first }, data: { note: storedText('mine') } });
    await experiment(here, 'later', [first, second]);
    const report = await importRuns(there.store, piecesOf(await exported(here.store)));
    assert.deepEqual([report.imported, report.there], [0, 6]);
    const { runs, members } = await rowsOf(there);
    assert.equal(runs.find(({ id }) => id === first)?.note, storedText('mine'), 'what is there stays');
    assert.deepEqual(
      members.map(([id, name]) => [id, name]),
      [first, second].sort().map((id) => [id, 'later']),
      'and joins',
    );
  });

  it('stand beside a run that answers the same already, which goes on answering it', async () => {
    await using here = await temporaryRuns();
    await using there = await temporaryRuns();
    const theirs = await attributed(here.store, 1);
    const own = await attributed(there.store, 1);
    const report = await importRuns(there.store, piecesOf(await exported(here.store)));
    assert.deepEqual([report.imported, report.there], [1, 0]);
    const { runs, parts } = await rowsOf(there);
    assert.equal(new Set(runs.map(({ contentHash }) => contentHash)).size, 1);
    assert.deepEqual(
      runs.filter(({ answers }) => answers !== null).map(({ id }) => id),
      [own],
    );
    assert.ok(parts.some(({ runId }) => runId === theirs));
  });

  it('leave an experiment of the same name as it is described there', async () => {
    await using here = await temporaryRuns();
    await using there = await temporaryRuns();
    await experiment(here, 'names', [await circulated(here.store, 1)], 'theirs');
    await experiment(there, 'names', [await circulated(there.store, 2)], 'mine');
    await importRuns(there.store, piecesOf(await exported(here.store)));
    const { members } = await rowsOf(there);
    assert.deepEqual(
      members.map(([, name, description]) => [name, description]),
      [
        ['names', '"mine"'],
        ['names', '"mine"'],
      ],
    );
  });

  it('are those that a filter admits, and over', async () => {
    await using here = await temporaryRuns();
    const ids = await someRuns(here.store);
    await asked(here.store, { kind: 'CIRCULATION', input: circulation(99) });
    await experiment(here, 'names', ids.slice(1, 3));
    await here.database.run.updateMany({ where: { id: ids[4] as string }, data: { pinned: true } });
    const taken = async (filter: RunFilter) =>
      (await exported(here.store, filter))
        .toString()
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => JSON.parse(line).id);
    assert.deepEqual(await taken({}), ids);
    assert.deepEqual(await taken({ experiment: 'names' }), ids.slice(1, 3));
    assert.deepEqual(await taken({ pinned: true }), [ids[4]]);
    assert.deepEqual(await taken({ statuses: ['QUEUED', 'FAILED'] }), [ids[3]]);
    assert.deepEqual(await taken({ prompt: 'of 1 3' }), [ids[2]]);
  });
});

onEachStore('Taking along', ({ temporaryRuns }) => {
  it('reads few runs at a time, in the order in which they were asked for, and ends with the last that was there', async () => {
    await using here = await temporaryRuns();
    const first = await circulated(here.store, 0);
    const [row] = await here.store.transfer.read([first]);
    assert.ok(row);
    const ids = [first, ...Array.from({ length: 1999 }, () => here.store.newId())];
    for (let start = 1; start < ids.length; start += 100) {
      const some = ids.slice(start, start + 100);
      await here.store.transfer.put(some.map((id) => ({ ...row, run: { ...row.run, id } })));
    }
    // How many runs are held at once: those that were read and not yet written.
    let [read, written, most] = [0, 0, 0];
    const { store } = here;
    const take = store.transfer.read.bind(store.transfer);
    store.transfer.read = async (wanted, what) => {
      const found = await take(wanted, what);
      read += found.length;
      most = Math.max(most, read - written);
      return found;
    };
    const seen: string[] = [];
    for await (const piece of jsonl.write(store, {}, { textsOf, onRun: () => written++ })) {
      const { id } = JSON.parse(piece.toString());
      if (id) seen.push(id);
      // One that comes, and one that goes.
      if (seen.length === 150) {
        await circulated(store, 1000);
        await store.delete(ids[1500] as string);
      }
    }
    assert.deepEqual(
      seen,
      ids.filter((_, index) => index !== 1500),
    );
    assert.ok(most <= 101, `${most} at once`);
  });

  it('ends at once when it is left', async () => {
    await using here = await temporaryRuns();
    for (let seed = 0; seed < 120; seed++) await asked(here.store, { kind: 'CIRCULATION', input: circulation(seed) });
    for (const { id } of await here.store.housekeeping.unfinished())
      await here.store.append(id, [{ type: 'CANCELLED' }]);
    const leaving = new AbortController();
    const left = new Error('left');
    await assert.rejects(async () => {
      for await (const _ of jsonl.write(
        here.store,
        {},
        { textsOf, signal: leaving.signal, onRun: () => leaving.abort(left) },
      ));
    }, left);
  });

  it('is no whole file where the experiment is renamed or deleted before its end', async () => {
    await using here = await temporaryRuns();
    for (let seed = 0; seed < 120; seed++) await asked(here.store, { kind: 'CIRCULATION', input: circulation(seed) });
    const unfinished = await here.store.housekeeping.unfinished();
    for (const { id } of unfinished) await here.store.append(id, [{ type: 'CANCELLED' }]);
    const ids = unfinished.map(({ id }) => id);
    const { experiments } = here.store;
    const changes = [() => experiments.update('names', { name: 'others' }), () => experiments.delete('names')];
    for (const change of changes) {
      await experiment(here, 'names', ids);
      let changed: Promise<unknown> | undefined;
      const onRun = () => {
        changed ??= change();
      };
      const file = jsonl.write(here.store, { experiment: 'names' }, { textsOf, onRun });
      const reading = async () => {
        // The change comes before the end of the file, however long it takes.
        for await (const _ of file) await changed;
      };
      await assert.rejects(reading, /experiment "names" was renamed or deleted/);
      await changed;
      await here.database.experiment.deleteMany();
    }
    await experiment(here, 'names', ids);
    assert.equal((await exported(here.store, { experiment: 'names' })).toString().trim().split('\n').length, 121);
    assert.equal((await exported(here.store, { experiment: 'nobody' })).toString().trim().split('\n').length, 1);
  });

  it('stops at a run that is damaged, and names it', async () => {
    await using here = await temporaryRuns();
    const id = await circulated(here.store, 1);
    await here.database.event.deleteMany({ where: { runId: id, sequence: 1 } });
    await assert.rejects(exported(here.store), new RegExp(`Run ${id} is damaged, .*verify`));
  });
});
