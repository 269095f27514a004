/** Runs against a real database, with an engine whose steps the test gives. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { AttributionRequest, AttributionResult } from '../attribution/result.ts';
import type { CirculationRequest, CirculationStep } from '../circulation/event.ts';
import { TributaryError } from '../errors.ts';
import type { Engine, JobOptions } from '../model/engine.ts';
import { openDatabase } from './database.ts';
import { RunService } from './service.ts';
import { RunStore } from './store.ts';

const subject = { name: 'm', folder: '/m', revision: 'r1' };
const target = { position: 1, token: null, against: null };
const nothingFiner = { layers: false, sources: false, neurons: 0, edges: 0 };
const circulation = (seed: number): CirculationRequest => ({
  inputIds: [1, seed],
  track: [0],
  target,
  layers: 2,
  top: 1,
});
const attribution = (seed: number) => ({ inputIds: [1, seed], target, method: 'FROZEN' as const });

/** Does what the test says, when it says it. */
class ScriptedEngine implements Engine {
  readonly attributions: AttributionRequest[] = [];
  circulations = 0;
  step: (step: CirculationStep) => void = () => undefined;
  end: () => void = () => undefined;
  fail: (error: Error) => void = () => undefined;

  async attribute(_folder: string, request: AttributionRequest): Promise<AttributionResult> {
    this.attributions.push(request);
    return answer(request);
  }

  circulate(
    _folder: string,
    _request: CirculationRequest,
    { onStep, onStart, signal }: JobOptions & { onStep: (step: CirculationStep) => void },
  ): Promise<void> {
    this.circulations++;
    onStart?.();
    return new Promise((resolve, reject) => {
      this.step = onStep;
      this.end = resolve;
      this.fail = reject;
      signal?.addEventListener('abort', () => reject(new TributaryError('CANCELLED', 'cancelled')));
    });
  }

  stateOf() {
    return { status: 'READY' as const, progress: null, error: null };
  }

  async close(): Promise<void> {}
}

describe('the run service', () => {
  let folder: string;
  let store: RunStore;
  let engine: ScriptedEngine;
  let runs: RunService;
  const faults: unknown[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
    store = new RunStore(await openDatabase(`file:${join(folder, 'deep', 'er', 'test.db')}`));
  });
  after(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    engine = new ScriptedEngine();
    runs = new RunService(store, engine, (error) => faults.push(error));
  });

  it('gives the same question one run, also when it is asked many times at once', async () => {
    const started = await Promise.all(Array.from({ length: 20 }, () => runs.startCirculation(subject, circulation(1))));
    assert.equal(new Set(started.map(({ id }) => id)).size, 1);
    assert.equal(engine.circulations, 1);
    const other = await runs.startCirculation({ ...subject, revision: 'r2' }, circulation(1));
    assert.notEqual(other.id, started[0]?.id, 'another revision of the model is another question');
    await runs.close();
  });

  it('stores a step before anyone hears of it, and hands out what is stored', async () => {
    const { id } = await runs.startCirculation(subject, circulation(2));
    const reader = runs.events(id);
    engine.step(started);
    const first = await reader.next();
    assert.deepEqual(first.value, (await store.events(id, undefined, 10))[0]);
    engine.step(completed);
    engine.end();
    assert.equal((await reader.next()).value?.step.type, 'COMPLETED');
    assert.deepEqual(await reader.next(), { done: true, value: undefined });
    assert.equal((await runs.find(id))?.status, 'COMPLETED');
  });

  it('lets a reader leave at once while it waits, and wakes it for every later event', async () => {
    const { id } = await runs.startCirculation(subject, circulation(3));
    const [leaving, staying] = [runs.events(id), runs.events(id)];
    const pending = leaving.next();
    const before = performance.now();
    await leaving.return();
    assert.deepEqual(await pending, { done: true, value: undefined });
    assert.ok(performance.now() - before < 50);
    const next = staying.next();
    engine.step(started);
    assert.equal((await next).value?.seq, 0);
    await runs.cancel(id);
    assert.equal((await staying.next()).value?.step.type, 'CANCELLED');
  });

  it('starts anew what failed or was cancelled, and keeps the run that did', async () => {
    const failed = await runs.startCirculation(subject, circulation(4));
    engine.fail(new TributaryError('CHECKPOINT', 'no weights'));
    for await (const { step } of runs.events(failed.id))
      assert.deepEqual(step, { type: 'FAILED', code: 'CHECKPOINT', message: 'no weights' });
    const again = await runs.startCirculation(subject, circulation(4));
    assert.notEqual(again.id, failed.id);
    await runs.cancel(again.id);
    assert.deepEqual(
      [(await runs.find(failed.id))?.status, (await runs.find(again.id))?.status],
      ['FAILED', 'CANCELLED'],
    );
  });

  it('keeps a fault of its own to the log, and says only that there was one', async () => {
    const { id } = await runs.startCirculation(subject, circulation(5));
    const fault = new Error('a secret of the inside');
    engine.fail(fault);
    for await (const { step } of runs.events(id))
      assert.ok(step.type === 'FAILED' && step.code === 'INTERNAL' && !step.message.includes('secret'));
    assert.equal(faults.at(-1), fault);
  });

  it('computes of an attribution only what is not stored, and adds it to the same run', async () => {
    const first = await runs.attribution(subject, attribution(6), nothingFiner);
    const again = await runs.attribution(subject, attribution(6), nothingFiner);
    assert.equal(again.run.id, first.run.id);
    assert.equal(engine.attributions.length, 1);
    const finer = { ...nothingFiner, edges: 3, layers: true };
    const [one, two] = await Promise.all([
      runs.attribution(subject, attribution(6), finer),
      runs.attribution(subject, attribution(6), finer),
    ]);
    assert.deepEqual(one, two);
    assert.equal(one.run.id, first.run.id);
    assert.deepEqual(engine.attributions.at(-1)?.selection, finer);
    assert.equal(engine.attributions.length, 2, 'two queries of the same finer grain compute it once');
    const fewer = await runs.attribution(subject, attribution(6), { ...nothingFiner, edges: 2 });
    assert.equal(fewer.result.edges.length, 2);
    assert.equal(fewer.result.layers.length, 0);
    assert.equal(engine.attributions.length, 2);
    await assert.rejects(
      runs.answer(first.run, null, { ...nothingFiner, neurons: 1 }),
      /checkpoint .* gone or has changed/,
    );
  });

  it('says of a run left behind by a dead process why it ended', async () => {
    const { id } = await runs.startCirculation(subject, circulation(7));
    engine.step(started);
    await runs.events(id).next();
    const next = new RunService(store, engine, () => undefined);
    assert.ok((await next.recover()).some((run) => run.id === id));
    const steps = (await store.events(id, undefined, 10)).map(({ step }) => step.type);
    assert.deepEqual(steps, ['STARTED', 'FAILED']);
    assert.equal((await next.find(id))?.error?.code, 'INTERRUPTED');
    assert.deepEqual(await next.recover(), [], 'once is enough');
  });

  it('deletes a run that is over with all it told, and refuses to delete one under way', async () => {
    const { id } = await runs.startCirculation(subject, circulation(8));
    await assert.rejects(runs.delete(id), { code: 'RUN_STATE' });
    await runs.cancel(id);
    await runs.delete(id);
    assert.equal(await runs.find(id), undefined);
    assert.deepEqual(await store.events(id, undefined, 10), []);
    await assert.rejects(runs.delete(id), { code: 'UNKNOWN_RUN' });
  });

  it('lists newest first, page by page, without a gap or a repetition', async () => {
    const all = await runs.list({ limit: 100 });
    const pages: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await runs.list({ limit: 3, after });
      if (page.length === 0) break;
      pages.push(...page.map(({ id }) => id));
      after = page.at(-1)?.id;
    }
    assert.deepEqual(
      pages,
      all.map(({ id }) => id),
    );
    const backwards = await runs.list({ limit: 100, inverted: true });
    assert.deepEqual(
      backwards.map(({ id }) => id),
      pages.toReversed(),
    );
    const cancelled = await runs.list({ limit: 100 }, { status: 'CANCELLED', kind: 'CIRCULATION', model: 'm' });
    assert.ok(cancelled.length > 0 && cancelled.every(({ status }) => status === 'CANCELLED'));
  });
});

const started: CirculationStep = { type: 'STARTED', tokens: [1, 2], layerCount: 2, track: [0] };
const audit = { logit: 1, sum: 1, gap: 0, relativeGap: 0, tolerance: 1e-4, passed: true };
const found = {
  position: 1,
  token: 3,
  against: null,
  logit: 1,
  cappedLogit: 1,
  logProbability: -1,
  probability: 0.4,
  rank: 1,
};
const completed: CirculationStep = { type: 'COMPLETED', target: found, tracked: [], audit };

function answer({ inputIds, selection }: AttributionRequest): AttributionResult {
  return {
    target: found,
    tokens: Float32Array.from(inputIds),
    positions: null,
    bias: 0,
    audit,
    layers: selection.layers
      ? [{ attention: both, mlp: both, attentionBias: both, heads: [both], residual: 1, bias: 0 }]
      : [],
    embedding: both,
    sources: [],
    neurons: [],
    edges: Array.from({ length: selection.edges }, (_, index) => ({
      layer: 0,
      head: 0,
      from: 0,
      to: 1,
      weight: 1,
      score: 9 - index,
    })),
  };
}

const both = { direct: 1, total: 2 };
