/** What is stored of a run beside its answer: what it takes, by what it was answered, what it came to. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { attributed, serviceFixture } from '../../test/support/run-service.ts';
import { attribution, subject } from '../../test/support/scripted-engine.ts';
import { onEachStore } from '../../test/support/stores.ts';
import type { TargetResult } from '../inference/target.ts';

onEachStore('beside the answer of a run', (store) => {
  const fixture = serviceFixture(store);

  /** As the database counts them. */
  async function bytesOf(runId: string): Promise<number> {
    const where = { runId };
    const rows = [
      ...(await fixture.database.event.findMany({ where })),
      ...(await fixture.database.part.findMany({ where })),
    ];
    return rows.reduce((sum, { payload, arrays }) => sum + Buffer.byteLength(payload) + arrays.length, 0);
  }

  it('is what its events and parts take, and take when some are added', async () => {
    const { runs } = fixture;
    const { run } = await attributed(runs, attribution(300), {});
    assert.ok(run.storedBytes > 100);
    assert.equal(run.storedBytes, await bytesOf(run.id));
    await attributed(runs, attribution(300), { layers: 1, 'ledger.TOTAL': 1 });
    const larger = await runs.find(run.id);
    assert.ok(larger && larger.storedBytes > run.storedBytes);
    assert.equal(larger.storedBytes, await bytesOf(run.id));
  });

  it('is what was explained and whether its parts add up to it', async () => {
    const { run, result } = await attributed(fixture.runs, attribution(310));
    assert.deepEqual([run.score, run.auditPassed], [result.audit.logit, result.audit.passed]);
  });

  it('is the program, the version of its arithmetic, and the machine', async () => {
    const { run } = await attributed(fixture.runs, attribution(320));
    assert.equal(run.provenance?.program, packageJson.version);
    assert.equal(run.provenance?.method, 2);
    assert.match(run.provenance?.machine.onnxruntime ?? '', /^\d+\.\d+\.\d+$/);
    assert.ok((run.provenance?.machine.cores ?? 0) >= 1);
  });

  it('is where its time went, and how many shared it', async () => {
    const { runs, engine } = fixture;
    const blocks = { forward: [1, 2], back: [3, 4], keptBytes: 5 };
    engine.took = { load: 6, run: 7, waited: 8, blocks };
    const input = attribution(330);
    const target = (position: number) => ({ position, token: 1, against: null });
    const asked = { ...input, targets: [target(0), target(1)] };
    const [first, second] = await runs.attributions.ask(subject, asked, {});
    for (const answer of [first, second]) {
      const { queued, ...profile } = answer?.run.profile ?? { queued: -1 };
      assert.ok(queued >= 0);
      assert.deepEqual(profile, { load: 6, run: 7, waited: 8, ...blocks, sharedBy: 2 });
    }
    const circulation = await runs.startCirculation(subject, {
      inputIds: [1, 2],
      target: target(1),
      track: [0],
      layers: 1,
      top: 0,
    });
    await engine.asked('circulation', 1);
    const audit = { logit: 1, sum: 1, gap: 0, relativeGap: 0, tolerance: 1, passed: true, deviation: 0 };
    const tracked = [1, 2].map((score) => ({ position: 0, score, directMoves: [], totalMovement: 0 }));
    engine.step({ type: 'COMPLETED', target: first?.result.target as TargetResult, tracked, audit });
    engine.end();
    await Array.fromAsync(runs.events(circulation.id));
    assert.equal((await runs.find(circulation.id))?.score, 3);
    // It is noted once it is told.
    while (!(await runs.find(circulation.id))?.profile) await new Promise(setImmediate);
    const { queued: _, ...profile } = (await runs.find(circulation.id))?.profile ?? { queued: 0 };
    assert.deepEqual(profile, { load: 6, run: 7, waited: 8, ...blocks, sharedBy: 1 });
  });
});
