import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { openDatabase } from '../src/runs/sqlite/database.ts';
import { lockDatabase } from '../src/runs/sqlite/database-lock.ts';
import { RunStore } from '../src/runs/store.ts';
import { startTestServer } from './server/harness.ts';
import { circulated, someRuns } from './support/taken-runs.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const script = fileURLToPath(new URL('../src/cli/runs.ts', import.meta.url));

/** A folder with a database, and the command line in it, in a process of its own. */
async function home() {
  const folder = await temporaryFolder();
  const url = `file:${join(folder.path, 'test.db')}`;
  const environment = { DATABASE_URL: url, MODELS_DIR: join(folder.path, 'models'), INIT_CWD: folder.path };
  return {
    url,
    path: (name: string) => join(folder.path, name),
    files: async () => (await readdir(folder.path)).sort(),
    start: (...args: string[]) =>
      spawn(process.execPath, [script, ...args], { env: { ...process.env, ...environment } }),
    async run(args: string[], input = '') {
      const child = this.start(...args);
      child.stdin.end(input);
      const [out, error, status] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise((resolve) => child.once('close', resolve)),
      ]);
      return { out, error: error.replace(/^\(.*ExperimentalWarning.*\n\(Use .*\n/gm, ''), status };
    },
    /** What is done to the database, as by a server: with its lock where it stays. */
    async with<Result>(work: (store: RunStore, database: Awaited<ReturnType<typeof openDatabase>>) => Promise<Result>) {
      using lock = await lockDatabase(url);
      const database = await openDatabase(url, { lock });
      const store = new RunStore(database);
      try {
        return await work(store, database);
      } finally {
        await store.close();
      }
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe('the command line for runs', () => {
  it('tells a newcomer what there is', async () => {
    await using here = await home();
    const help = await here.run(['--help']);
    for (const command of ['list', 'export', 'import', 'prune', 'verify', 'backup'])
      assert.match(help.out, new RegExp(`^  ${command}`, 'm'));
    const exporting = (await here.run(['export', '--help'])).out;
    for (const option of ['experiment <name>', 'created-after <time>', 'pinned <true|false>', 'format <name>'])
      assert.ok(exporting.includes(`--${option}`), option);
    for (const command of [['list'], ['export', 'a.csv'], ['verify'], ['backup', 'a.db']]) {
      const { error, status } = await here.run(command);
      assert.equal(status, 1);
      assert.match(error, /^There is no database file:.*DATABASE_URL names another/);
    }
    assert.deepEqual(await here.files(), [], 'and makes none by looking');
  });

  it('takes runs along in every form, beside a server too, and brings them back', async () => {
    await using here = await home();
    await using there = await home();
    await here.with(async (store) => {
      const ids = await someRuns(store);
      const beside = await here.run(['list', '--limit', '2', '--kind', 'circulation']);
      assert.match(
        beside.out,
        new RegExp(`^ID .*\n${ids[5]} .*CANCELLED.*\n${ids[4]} .*\n\nThere are more; --limit 20`),
      );
      for (const file of ['a.jsonl', 'a.csv', 'a.parquet']) {
        const { out, error, status } = await here.run(['export', file]);
        assert.deepEqual([status, error], [0, '']);
        assert.match(out, new RegExp(`^${here.path(file)} has [36] runs \\(`));
      }
    });
    const again = await here.run(['export', 'a.csv']);
    assert.match(again.error, /a\.csv is there already; choose another name, or .*--force/);
    assert.equal((await here.run(['export', 'a.csv', '--force'])).status, 0);
    assert.match((await here.run(['export', 'a.txt'])).error, /ends in \.jsonl, \.csv, \.parquet, or --format/);
    assert.match((await here.run(['export', 'b.csv', '--kind', 'poem'])).error, /`kind` is one of LOGIT_ATTRIBUTION/);
    const { buffer } = new Uint8Array(await readFile(here.path('a.parquet')));
    assert.equal((await parquetReadObjects({ file: buffer })).length, 4);
    const brought = await there.run(['import', here.path('a.jsonl')]);
    assert.deepEqual(brought, { out: '6 runs brought, 0 there before\n', error: '', status: 0 });
    assert.equal((await there.run(['import', here.path('a.jsonl')])).out, '0 runs brought, 6 there before\n');
    assert.match((await there.run(['verify'])).out, /^Sound: 6 runs with 25 events \(.*\)$/m);
    assert.ok((await here.files()).every((name) => !name.endsWith('.part')));
  });

  it('says which lines of a file are wrong, and ends with 1', async () => {
    await using here = await home();
    await here.with((store) => someRuns(store));
    await here.run(['export', 'a.jsonl']);
    const lines = (await readFile(here.path('a.jsonl'), 'utf8')).trim().split('\n');
    await writeFile(here.path('b.jsonl'), [lines[0], '{}', lines[1], lines[2]?.slice(0, 300)].join('\n'));
    const { out, error, status } = await here.run(['import', 'b.jsonl']);
    assert.equal(status, 1);
    assert.match(error, /^line 2: id: .*\nline 4: the file ends in the midst of it/);
    assert.equal(out, '0 runs brought, 1 there before, 2 lines refused\n');
    assert.match((await here.run(['import', 'none.jsonl'])).error, /^There is no file /);
  });

  it('writes nothing under a server, but sends runs to it', async () => {
    await using here = await home();
    await here.with(async (store) => {
      await someRuns(store);
      await here.run(['export', 'a.jsonl']);
      const imported = await here.run(['import', 'a.jsonl']);
      assert.equal(imported.status, 1);
      assert.match(imported.error, /^A server is running on file:.*--server http:\/\/localhost:4000/);
      assert.match(
        (await here.run(['prune', '--keep', '1'])).error,
        /^A server is running on .*stop it first.*RETENTION_DAYS/,
      );
    });
    const server = await startTestServer();
    try {
      const address = new URL('/', server.url).href;
      await writeFile(here.path('b.jsonl'), `${await readFile(here.path('a.jsonl'), 'utf8')}nothing\n`);
      const sent = await here.run(['import', 'b.jsonl', '--server', address]);
      assert.deepEqual(sent, {
        out: '6 runs brought, 0 there before, 1 line refused\n',
        error: 'line 8: it is no JSON\n',
        status: 1,
      });
      assert.match((await here.run(['import', 'b.jsonl', '--server', 'nowhere'])).error, /nowhere is no address/);
      await writeFile(here.path('c.jsonl'), 'a,b\n');
      assert.match((await here.run(['import', 'c.jsonl', '--server', address])).error, /^This is no file of runs/);
    } finally {
      await server.close();
    }
    const address = new URL(server.url).origin;
    assert.match((await here.run(['import', 'a.jsonl', '--server', address])).error, /does not answer: ECONNREFUSED/);
  });

  it('deletes what may go, and says so before', async () => {
    await using here = await home();
    const ids = await here.with(async (store, database) => {
      const ids = await someRuns(new RunStore(database, () => new Date(Date.now() - 40 * 86_400_000)));
      await database.run.updateMany({ where: { id: ids[0] as string }, data: { pinned: true } });
      const { id } = await store.experiments.create({ name: 'kept', description: '', tags: [] });
      await store.experiments.add(id, { ids: [ids[1] as string] });
      return [...ids, await circulated(store, 9)];
    });
    const left = () =>
      here.with(async (store) => (await store.list({ limit: 100, inverted: true })).map(({ id }) => id));
    assert.match((await here.run(['prune'])).error, /^Say which: --older-than 30d, --keep 10000, or both/);
    assert.match((await here.run(['prune', '--older-than', 'ever'])).error, /a number of hours, days or weeks/);
    assert.match((await here.run(['prune', '--older-than', '30d', '--dry-run'])).out, /^Would delete 4 runs \(/);
    assert.match((await here.run(['prune', '--older-than', '30d'], 'n\n')).out, /Nothing was deleted/);
    assert.deepEqual(await left(), ids);
    assert.match((await here.run(['prune', '--older-than', '30d', '--keep', '3', '--yes'])).out, /^Deleted 2 runs/);
    assert.deepEqual(await left(), [ids[0], ids[1], ids[4], ids[5], ids[6]]);
    assert.match((await here.run(['prune', '--keep', '0'], 'y\n')).out, /Deleted 3 runs/);
    assert.deepEqual(await left(), ids.slice(0, 2));
    assert.match((await here.run(['prune', '--keep', '0', '--yes'])).out, /^Would delete 0 runs \(/);
  });

  it('finds what is damaged, and says what can be done', async () => {
    await using here = await home();
    const ids = await here.with(async (store, database) => {
      const ids = await someRuns(store);
      const where = (index: number) => ({ where: { id: ids[index] as string } });
      await database.event.deleteMany({ where: { runId: ids[1] as string, sequence: 2 } });
      await database.run.updateMany({ ...where(2), data: { input: '{"inputIds":[1]}' } });
      await database.run.updateMany({ ...where(3), data: { note: 'no JSON' } });
      await database.run.updateMany({ ...where(4), data: { storedBytes: 1 } });
      await database.part.updateMany({
        where: { runId: ids[0] as string, name: 'summary' },
        data: { arrays: new Uint8Array(4) },
      });
      await database.$executeRawUnsafe('PRAGMA foreign_keys = OFF');
      await database.event.createMany({
        data: [{ runId: 'gone', sequence: 0, at: new Date(), type: 'LAYER', payload: '{}', arrays: new Uint8Array(0) }],
      });
      return ids;
    });
    const { out, status } = await here.run(['verify']);
    assert.match(out, /^rows of Event without their Run: 1\n/);
    assert.match(out, /^The file is damaged\. Stop the server and put back a copy/m);
    assert.equal(status, 1);
    for (const [index, fault] of [
      /part summary refers to 8 bytes of arrays, and has 4/,
      /it has 3 events, and says 4/,
      /its question is none/,
      /it cannot be read/,
      /it takes \d+ bytes, and says 1/,
    ].entries())
      assert.match(out, new RegExp(`^run ${ids[index]}: ${fault.source}`, 'm'));
    assert.match(out, /^Damaged: 5 of 6 runs\. .*deleteRun/m);
    assert.match((await here.run(['export', 'a.jsonl'])).error, /^A run is damaged; .*verify/);
    assert.deepEqual(
      (await here.files()).filter((name) => name.startsWith('a.')),
      [],
    );
  });

  it('copies the database while it is written, and runs on the copy', async () => {
    await using here = await home();
    await here.with(async (store) => {
      await someRuns(store);
      let going = true;
      const writing = (async () => {
        for (let seed = 100; going; seed++) {
          await circulated(store, seed);
          await setImmediate();
        }
      })();
      const { out, error, status } = await here.run(['backup', 'copy.db']);
      going = false;
      await writing;
      assert.deepEqual([status, error], [0, '']);
      assert.match(out, /copy\.db is a copy of file:.*, and sound/);
    });
    assert.match((await here.run(['backup', 'copy.db'])).error, /copy\.db is there already/);
    const copy = await openDatabase(`file:${here.path('copy.db')}`);
    assert.ok((await copy.run.count()) >= 6);
    await copy.$disconnect();
    await writeFile(here.path('copy.db'), 'nothing');
    await truncate(here.path('test.db'), 20_000);
    const broken = await here.run(['backup', 'other.db']);
    assert.equal(broken.status, 1);
    assert.match(broken.error, /^The database cannot be copied: .*(malformed|damaged|disk image)/);
    assert.deepEqual(
      (await here.files()).filter((name) => name.startsWith('other')),
      [],
    );
  });
});
