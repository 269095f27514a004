/** A process dies in the middle of a run; the next one, on the same database, says so and goes on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { attribution, circulation, completed, passed, started, subject } from '../../test/support/scripted-engine.ts';
import { onEachStore } from '../../test/support/stores.ts';

const endlessRun = fileURLToPath(new URL('../../test/support/endless-run.ts', import.meta.url));

onEachStore('a process that is killed while it streams', ({ temporaryRuns }) => {
  for (const seen of [1, 10, 60]) {
    it(`leaves every event that anyone received, here ${seen}, and a run that says why it ended`, async () => {
      await using fixture = await temporaryRuns();
      const { url, runs, engine, store } = fixture;
      const child = spawn(process.execPath, ['--no-warnings', endlessRun, url], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let ids: { id: string; queued: string } | undefined;
      let last = -1;
      for await (const line of createInterface({ input: child.stdout })) {
        if (!ids) ids = JSON.parse(line);
        else {
          last = JSON.parse(line).seq;
          if (last + 1 >= seen) child.kill('SIGKILL');
        }
      }
      if (child.signalCode === null) await once(child, 'exit');
      assert.ok(ids && last + 1 >= seen);

      const left = await runs.recover();
      assert.deepEqual(
        new Set(left.map(({ id, status }) => `${id} ${status}`)),
        new Set([`${ids.id} RUNNING`, `${ids.queued} QUEUED`]),
      );
      const events = await Array.fromAsync(runs.events(ids.id));
      assert.ok(events.length > last + 1);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        [...events.keys()],
      );
      for (const { seq, step } of events.slice(0, -1)) assert.deepEqual(step, seq === 0 ? started : passed(seq));
      assert.deepEqual(events.at(-1)?.step, {
        type: 'FAILED',
        code: 'INTERRUPTED',
        message: 'The server stopped while this run was under way; ask again to run it anew',
      });
      for (const id of [ids.id, ids.queued]) {
        const run = await runs.find(id);
        assert.deepEqual([run?.status, run?.error?.code], ['FAILED', 'INTERRUPTED']);
      }

      const again = await runs.startCirculation(subject, circulation(1));
      assert.notEqual(again.id, ids.id);
      engine.step(completed);
      engine.end();
      assert.equal((await Array.fromAsync(runs.events(again.id))).at(-1)?.step.type, 'COMPLETED');
      const [answered] = await runs.attributions.ask(subject, attribution(1), {});
      assert.notEqual(answered?.run.id, ids.queued);
      assert.deepEqual(await runs.recover(), []);
      assert.equal((await store.list({ limit: 10 })).length, 4);
    });
  }
});
