/** The command line for runs, on a database that several servers share. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { OpenedStore } from '../src/runs/dialect.ts';
import { openStore } from '../src/runs/open.ts';
import { RunStore } from '../src/runs/store.ts';
import { freshDatabase } from './support/postgres/database.ts';
import { someRuns } from './support/taken-runs.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const script = fileURLToPath(new URL('../src/cli/runs.ts', import.meta.url));

async function run(url: string, folder: string, ...args: string[]) {
  const env = { ...process.env, DATABASE_URL: url, MODELS_DIR: join(folder, 'models'), INIT_CWD: folder };
  const child = spawn(process.execPath, [script, ...args], { env });
  child.stdin.end();
  const [out, error, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.once('close', resolve)),
  ]);
  assert.ok(!`${out}${error}`.includes(new URL(url).password), 'tells no password');
  return { out, error, status };
}

async function within<Result>(url: string, work: (store: RunStore, opened: OpenedStore) => Promise<Result>) {
  const opened = await openStore(url);
  const store = new RunStore(opened.database, undefined, undefined, { dialect: opened.dialect });
  try {
    return await work(store, opened);
  } finally {
    await store.close();
  }
}

describe('the command line for runs on PostgreSQL', () => {
  it('takes runs along to another database, looks after them, and leaves copies to pg_dump', async () => {
    await using folder = await temporaryFolder();
    await using here = await freshDatabase();
    await using there = await freshDatabase();
    const { path } = folder;
    const ids = await within(here.url, (store) => someRuns(store));
    assert.match((await run(here.url, path, 'list')).out, new RegExp(`${ids.at(-1)} `));
    assert.match((await run(here.url, path, 'verify')).out, /^Sound: /);
    const exported = await run(here.url, path, 'export', 'all.jsonl');
    assert.equal(exported.status, 0, exported.error);
    const imported = await run(there.url, path, 'import', 'all.jsonl');
    assert.equal(imported.status, 0, imported.error);
    await run(there.url, path, 'export', 'again.jsonl');
    const lines = async (name: string) => (await readFile(join(path, name), 'utf8')).split('\n').slice(1);
    assert.deepEqual(await lines('again.jsonl'), await lines('all.jsonl'));
    assert.match((await run(there.url, path, 'import', 'all.jsonl')).out, /^0 runs brought, \d+ there before/);

    const copy = await run(there.url, path, 'backup', 'copy.dump');
    assert.equal(copy.status, 1);
    assert.match(copy.error, /pg_dump --format=custom --file=copy\.dump postgres/);

    await within(there.url, async (_, { database }) => {
      const at = new Date();
      await database.member.create({ data: { id: 'm', kind: 'SERVER', name: 'host', startedAt: at, seenAt: at } });
      const beside = await run(there.url, path, 'prune', '--keep', '0', '--yes');
      assert.equal(beside.status, 1);
      assert.match(beside.error, /A server is running on postgres.*RETENTION_DAYS/);
      await database.member.updateMany({ data: { seenAt: new Date(at.getTime() - 60_000) } });
    });
    assert.match((await run(there.url, path, 'prune', '--keep', '0', '--yes')).out, /^Deleted /);
    assert.match((await run(there.url, path, 'verify')).out, /^Sound: /);
  });
});
