/** A copy of the database that is made by SQLite's own means while it is written. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { circulation, completed, passed, started, subject } from '../../../test/support/scripted-engine.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { totals } from '../aggregates.ts';
import { RunStore } from '../store.ts';
import type { Question } from '../types.ts';
import { openDatabase } from './database.ts';
import { sqlite } from './dialect.ts';

it('a copy that VACUUM INTO makes during writes has whole runs, found and counted as before', async () => {
  await using folder = await temporaryFolder();
  const [path, copy] = [join(folder.path, 'test.db'), join(folder.path, 'copy.db')];
  const store = new RunStore(await openDatabase(`file:${path}`));
  const write = async (seed: number) => {
    const question: Question = { kind: 'CIRCULATION', input: circulation(seed) };
    const asked = { ...subject, textOf: () => `prompt ${seed}.` };
    const { run } = await store.findOrCreate(store.newId(), asked, question, `hash ${seed}`, () => true);
    await store.append(run.id, [started, passed(0)]);
    await store.complete(run.id, [{ name: 'part', count: 0, value: { of: seed } }], [passed(1), completed]);
  };
  let written = 0;
  while (written < 200) await write(written++);
  const deleted = await store.list({ limit: 50 }, { prompt: 'prompt 1' });
  for (const { id } of deleted) await store.delete(id);
  const program = `new (require('node:sqlite').DatabaseSync)('${path}', { timeout: 5000 }).exec("VACUUM INTO '${copy}'")`;
  const child = spawn(process.execPath, ['--no-warnings', '--eval', program], { stdio: 'inherit' });
  const exit = once(child, 'exit');
  while (child.exitCode === null) {
    await write(written++);
    // A write is over before the event loop would turn.
    await setImmediate();
  }
  assert.deepEqual(await exit, [0, null]);
  await store.close();

  const database = await openDatabase(`file:${copy}`);
  const copied = new RunStore(database);
  const runs = await copied.list({ limit: written });
  assert.ok(runs.length >= 150 && runs.length <= written - deleted.length);
  for (const [index, { id, status, eventCount, promptText }] of runs.entries()) {
    const events = await copied.events.page(id, { limit: 10 });
    assert.deepEqual(
      events.map(({ seq }) => seq),
      Array.from({ length: eventCount }, (_, seq) => seq),
    );
    const parts = await copied.parts(id, ['part']);
    assert.equal(status === 'COMPLETED', events.at(-1)?.step.type === 'COMPLETED');
    assert.equal(parts.size, status === 'COMPLETED' ? 1 : 0);
    if (index % 20 > 0) continue;
    const found = await copied.list({ limit: 9 }, { prompt: promptText });
    assert.deepEqual(
      found.map((run) => run.id),
      [id],
    );
  }
  const { runs: count } = await totals(database, sqlite);
  assert.equal(count, runs.length);
  await copied.close();
  using checked = new DatabaseSync(copy);
  assert.deepEqual({ ...checked.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  assert.deepEqual(checked.prepare('PRAGMA foreign_key_check').all(), []);
});
