/** Sweeps against a real database, with an engine that does what the test says. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { attribution, subject } from '../../../test/support/scripted-engine.ts';
import { onEachStore } from '../../../test/support/stores.ts';
import {
  idsRow,
  iterated,
  rowsFrom,
  type TemporarySweeps,
  target,
  temporarySweeps,
} from '../../../test/support/sweeps.ts';
import { TributaryError } from '../../errors.ts';
import type { BatchRequest } from '../../explain/attribution/batch-request.ts';

onEachStore('sweeps', (store) => {
  let all: TemporarySweeps;
  beforeEach(async () => {
    all = await temporarySweeps(store);
  });
  afterEach(() => all[Symbol.asyncDispose]());

  const start = (rows: Iterable<ReturnType<typeof idsRow>>, experiment = 'e') =>
    all.sweeps.start(experiment, iterated(rows), { asked: 'this' });
  const swept = async (rows: Iterable<ReturnType<typeof idsRow>>, experiment?: string) => {
    const { id } = await start(rows, experiment);
    await all.over(id);
    const sweep = await all.sweeps.find(id);
    assert.ok(sweep);
    return { sweep, rows: await all.rows(id) };
  };
  const sizes = () => all.engine.batches.map(({ prompts }) => prompts.length);

  it('ask rows in batches of one length, and each row once', async () => {
    const { sweep, rows } = await swept([...rowsFrom(0, 70), idsRow(1, 2, 3), ...rowsFrom(100, 30)]);
    assert.deepEqual(
      [sweep.status, sweep.rowCount, sweep.done, sweep.found, sweep.failed],
      ['COMPLETED', 101, 101, 0, 0],
    );
    assert.deepEqual(
      sizes().sort((a, b) => b - a),
      [64, 36, 1],
    );
    for (const { prompts } of all.engine.batches)
      assert.equal(new Set(prompts.map(({ inputIds }) => inputIds.length)).size, 1);
    assert.equal(new Set(rows.map(({ runId }) => runId)).size, 101);
    assert.deepEqual(sweep.request, { asked: 'this' });
  });

  it('store a run of a batch as one that is asked for by itself', async () => {
    all.selection = { layers: 1, 'ledger.TOTAL': 1 };
    const { rows } = await swept([idsRow(1, 5), idsRow(1, 6)]);
    const asked = { ...attribution(7), inputIds: [1, 7], targets: [target] };
    const [alone] = await all.runs.attributions.ask(subject, asked, all.selection);
    assert.ok(alone);
    const run = await all.runs.find(rows[0]?.runId as string);
    const other = await all.runs.find(alone.run.id);
    assert.ok(run && other);
    const told = async (id: string) =>
      (await all.runs.eventsOf(id, { limit: 100 })).map(({ seq, step }) => ({ seq, step }));
    const tokens = (id: number) => Float32Array.of(1, id);
    const expected = (await told(other.id)).map(({ seq, step }) => ({
      seq,
      step: step.type === 'COMPLETED' ? { ...step, tokens: tokens(5) } : step,
    }));
    assert.deepEqual(await told(run.id), expected);
    const differing = { id: '', contentHash: '', createdAt: 0, startedAt: 0, finishedAt: 0, question: 0, profile: 0 };
    assert.deepEqual({ ...run, ...differing }, { ...other, ...differing });
    assert.deepEqual(run.question, { kind: 'LOGIT_ATTRIBUTION', input: { ...other.question.input, inputIds: [1, 5] } });
    assert.ok(run.createdAt <= (run.startedAt ?? 0) && (run.startedAt ?? 0) <= (run.finishedAt ?? 0));
    const { result } = alone;
    assert.deepEqual(await all.runs.attributions.read(run, subject, all.selection), { ...result, tokens: tokens(5) });
    assert.equal(all.engine.attributions.length, 1, 'nothing of it had to be computed again');
    const [same] = await all.runs.attributions.start(subject, { ...asked, inputIds: [1, 5] });
    assert.equal(same?.id, run.id, 'and who asks for the same is given it');
  });

  it('compute nothing the second time, and only what is missing of what is stored', async () => {
    await swept(rowsFrom(0, 10));
    const again = await swept(rowsFrom(0, 10));
    assert.deepEqual([again.sweep.done, again.sweep.found], [10, 10]);
    assert.equal(all.engine.batches.length, 1);
    const wider = await swept(rowsFrom(5, 10));
    assert.deepEqual([wider.sweep.done, wider.sweep.found], [10, 5]);
    assert.deepEqual(sizes(), [10, 5]);
    all.selection = { layers: 1 };
    const more = await swept(rowsFrom(0, 2));
    assert.deepEqual([more.sweep.done, more.sweep.found], [2, 2]);
    assert.equal(all.engine.batches.length, 2, 'parts are added to the runs that there are');
    assert.equal(all.engine.attributions.length, 2);
    const run = await all.runs.find(more.rows[0]?.runId as string);
    assert.ok(run && (await all.runs.attributions.read(run, subject, { layers: 1 })).grains.layers);
  });

  it('ask a question once though several rows have it', async () => {
    const { sweep, rows } = await swept([...rowsFrom(0, 3), ...rowsFrom(0, 3)]);
    assert.deepEqual([sweep.done, sweep.found], [6, 3]);
    assert.deepEqual(sizes(), [3]);
    assert.deepEqual(
      rows.slice(3).map(({ runId }) => runId),
      rows.slice(0, 3).map(({ runId }) => runId),
    );
    assert.deepEqual(
      rows.map(({ found }) => found),
      [false, false, false, true, true, true],
    );
  });

  it('go on past rows that cannot be asked, and are refused where none can', async () => {
    const { sweep, rows } = await swept([idsRow(1, -4), ...rowsFrom(0, 3)]);
    assert.deepEqual([sweep.status, sweep.done, sweep.failed], ['COMPLETED', 3, 1]);
    assert.deepEqual(rows[0]?.error, { code: 'PROMPT', message: 'No token has the id -4' });
    await assert.rejects(start([idsRow(1, -5), idsRow(1, -6)], 'nobody'), {
      code: 'PROMPT',
      message: 'No token has the id -5',
    });
    assert.equal(await all.runs.experiments.findByName('nobody'), undefined, 'nothing is stored of it');
    assert.equal(await all.database.sweep.count(), 1);
  });

  it('try a batch with fewer rows where there is not enough memory for all, and keep to that', async () => {
    const tooLarge = new TributaryError('OVER_CAPACITY', 'too much');
    all.engine.refusal = ({ prompts }) => (prompts.length > 20 ? tooLarge : undefined);
    const { sweep } = await swept(rowsFrom(0, 200));
    assert.deepEqual([sweep.done, sweep.failed], [200, 0]);
    assert.ok(sizes().filter((size) => size > 20).length <= 4, `${sizes()}`);
  });

  it('fail a row alone that a batch fails by', async () => {
    const has = ({ prompts }: BatchRequest) => prompts.some(({ inputIds }) => inputIds[1] === 13);
    all.engine.refusal = (batch) => (has(batch) ? new Error('broken inside') : undefined);
    const { sweep, rows } = await swept(rowsFrom(0, 40));
    assert.deepEqual([sweep.done, sweep.failed], [39, 1]);
    assert.equal(rows[13]?.error?.code, 'INTERNAL');
    assert.doesNotMatch(rows[13]?.error?.message ?? '', /broken inside/);
    assert.match(String(all.faults), /broken inside/);
  });

  it('fail all rows of a batch at once where the model cannot be read', async () => {
    all.engine.refusal = () => new TributaryError('CHECKPOINT', 'the files have changed');
    const { sweep, rows } = await swept(rowsFrom(0, 40));
    assert.deepEqual([sweep.status, sweep.failed], ['COMPLETED', 40]);
    assert.equal(all.engine.batches.length, 1);
    assert.ok(rows.every(({ error }) => error?.code === 'CHECKPOINT'));
    all.engine.refusal = () => undefined;
    await assert.rejects(all.sweeps.resume(sweep.id, false), { code: 'RUN_STATE' });
    await all.sweeps.resume(sweep.id, true);
    await all.over(sweep.id);
    const after = await all.sweeps.find(sweep.id);
    assert.deepEqual([after?.status, after?.done, after?.failed], ['COMPLETED', 40, 0]);
  });

  it('wait where the queue has no place', async () => {
    let refused = 0;
    all.engine.refusal = () =>
      refused++ < 2 ? new TributaryError('OVER_CAPACITY', 'full', { retryAfter: 0.01 }) : undefined;
    const { sweep } = await swept(rowsFrom(0, 10));
    assert.deepEqual([sweep.done, sweep.failed], [10, 0]);
    assert.deepEqual(sizes(), [10, 10, 10]);
  });

  it('stop when they are cancelled, and go on where they stopped', async () => {
    const held = Promise.withResolvers<void>();
    // Of the four batches the first two are answered.
    all.engine.refusal = () => {
      all.engine.held = held.promise;
      return undefined;
    };
    const { id } = await start(rowsFrom(0, 200));
    await all.engine.asked('attributionBatch', 3);
    const reader = await all.sweeps.follow(id);
    while (((await reader.next()).value?.sweep.done ?? 0) < 128);
    await reader.return();
    const cancelled = await all.sweeps.cancel(id);
    assert.equal(cancelled.status, 'CANCELLED');
    await assert.rejects(all.sweeps.cancel(id), { code: 'RUN_STATE' });
    const asked = all.engine.batches.length;
    const { done } = cancelled;
    assert.equal(done, 128);
    const rows = await all.rows(id);
    assert.equal(rows.filter(({ status }) => status === 'DONE').length, done);
    assert.equal(rows.filter(({ status }) => status === 'PENDING').length, 200 - done);
    assert.equal(all.engine.batches.length, asked);
    all.engine.held = Promise.resolve();
    held.resolve();
    assert.equal((await all.sweeps.resume(id, false)).status, 'RUNNING');
    await all.over(id);
    const after = await all.sweeps.find(id);
    assert.deepEqual([after?.done, after?.found], [200, 0]);
    assert.equal(await all.database.run.count(), 200);
  });

  it('are cancelled and go on in the order in which that is asked for', async () => {
    const { sweeps } = all;
    const held = Promise.withResolvers<void>();
    all.engine.held = held.promise;
    const { id } = await start(rowsFrom(0, 10));
    await all.engine.asked('attributionBatch', 1);
    await Promise.all([sweeps.cancel(id), sweeps.resume(id, false)]);
    assert.equal((await sweeps.find(id))?.status, 'RUNNING');
    await sweeps.cancel(id);
    await Promise.all([sweeps.resume(id, false), sweeps.cancel(id)]);
    assert.equal((await sweeps.find(id))?.status, 'CANCELLED');
    const asked = all.engine.batches.length;
    await sweeps.resume(id, false);
    held.resolve();
    await all.over(id);
    assert.ok(all.engine.batches.length > asked, 'nothing of it had gone on');
    assert.equal((await sweeps.find(id))?.status, 'COMPLETED');
  });

  it('go on after a restart, each row once, and leave nothing of one that was not stored whole', async () => {
    all.engine.held = new Promise(() => undefined);
    const { id } = await start(rowsFrom(0, 100));
    await all.engine.asked('attributionBatch', 2);
    const half = await all.runs.sweeps.begin('half', {});
    await all.runs.sweeps.addRows(half, 0, rowsFrom(0, 2));
    assert.equal(await all.sweeps.find(half), undefined, 'nobody sees half a sweep');
    await all.sweeps.close();
    assert.equal((await all.sweeps.find(id))?.status, 'RUNNING');
    all.engine.held = Promise.resolve();
    await all.restarted();
    await all.over(id);
    const sweep = await all.sweeps.find(id);
    assert.deepEqual([sweep?.status, sweep?.done, sweep?.found], ['COMPLETED', 100, 0]);
    assert.equal(await all.database.run.count(), 100);
    assert.equal(await all.database.sweep.count(), 1);
    assert.equal(await all.database.sweepRow.count(), 100);
  });

  it('link the run of another who asked the same meanwhile, also one that is still under way', async () => {
    const held = Promise.withResolvers<void>();
    all.engine.held = held.promise;
    const { id } = await start(rowsFrom(0, 3));
    await all.engine.asked('attributionBatch', 1);
    const asked = { ...attribution(1), inputIds: [1, 1], targets: [target] };
    const [other] = await all.runs.attributions.start(subject, asked, {}, { keep: true });
    held.resolve();
    await all.over(id);
    const rows = await all.rows(id);
    assert.equal(rows[1]?.runId, other?.id);
    assert.ok(rows[1]?.found);
    assert.equal(await all.database.run.count(), 3);
    assert.equal((await all.sweeps.find(id))?.found, 1);
  });

  it('have their runs join the experiment, those that were there too', async () => {
    await swept(rowsFrom(0, 3), 'one');
    await swept(rowsFrom(0, 5), 'two');
    const counts = async (name: string) => all.runs.list({ limit: 100 }, { experiment: name });
    assert.equal((await counts('one')).length, 3);
    assert.equal((await counts('two')).length, 5);
  });

  it('go on past a deleted run, whose row says so', async () => {
    const { rows, sweep } = await swept(rowsFrom(0, 3));
    await all.runs.delete(rows[1]?.runId as string);
    const [, row] = await all.rows(sweep.id);
    assert.deepEqual([row?.status, row?.runId], ['DONE', null]);
  });

  it('end when their experiment is deleted', async () => {
    all.engine.held = new Promise(() => undefined);
    const { id, experimentId } = await start(rowsFrom(0, 100));
    await all.engine.asked('attributionBatch', 2);
    await all.sweeps.leave(experimentId);
    assert.equal((await all.sweeps.find(id))?.status, 'CANCELLED');
    await all.runs.experiments.delete(experimentId);
    assert.equal(await all.sweeps.find(id), undefined);
    assert.equal(await all.database.sweepRow.count(), 0);
    assert.deepEqual(all.faults, []);
  });

  for (const [when, rowsBefore] of [
    ['between two of their rows', 600],
    ['behind the last', 3],
  ] as const)
    it(`are not begun where their experiment is deleted while rows are stored: ${when}`, async () => {
      const addRows = all.runs.sweeps.addRows.bind(all.runs.sweeps);
      all.runs.sweeps.addRows = async (...stored) => {
        await addRows(...stored);
        const experiment = await all.runs.experiments.findByName('e');
        await all.runs.experiments.delete(experiment?.id ?? '');
      };
      await assert.rejects(start(rowsFrom(0, rowsBefore)), { code: 'CANCELLED' });
      assert.deepEqual([await all.database.sweep.count(), await all.database.sweepRow.count()], [0, 0]);
      assert.deepEqual(all.faults, []);
    });

  it('wait for a database that fails, and lose nothing by it', async () => {
    const answer = all.runs.sweeps.answer.bind(all.runs.sweeps);
    let failing = true;
    all.runs.sweeps.answer = async (...args) => {
      if (!failing) return answer(...args);
      failing = false;
      throw new TributaryError('OVER_CAPACITY', 'the disk is full', {}, { cause: new Error('SQLITE_FULL') });
    };
    const { sweep } = await swept(rowsFrom(0, 5));
    assert.deepEqual([sweep.done, sweep.failed], [5, 0]);
    assert.equal(all.engine.batches.length, 1);
    assert.equal(all.faults.length, 1);
  });

  it('begin anew after a fault of the server', async () => {
    const standing = all.runs.many.standing.bind(all.runs.many);
    let failing = true;
    all.runs.many.standing = async (hashes) => {
      if (!failing) return standing(hashes);
      failing = false;
      throw new Error('broken inside');
    };
    const { sweep } = await swept(rowsFrom(0, 5));
    assert.deepEqual([sweep.status, sweep.done], ['COMPLETED', 5]);
    assert.match(String(all.faults), /broken inside/);
  });
});
