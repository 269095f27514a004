/** What attributions tell: stored as it comes, and with what is selected later added to it. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { attributed, serviceFixture } from '../../test/support/run-service.ts';
import { attribution, stepsOf, subject } from '../../test/support/scripted-engine.ts';
import { onEachStore } from '../../test/support/stores.ts';
import type { AttributionResult, AttributionSelection } from '../explain/attribution/result.ts';
import type { RunRecord, RunStep } from './types.ts';

const ledger: AttributionSelection = { 'ledger.PROVISIONAL': 1, 'ledger.LENS': 2, 'ledger.TOTAL': 1 };

onEachStore('what an attribution tells', (store) => {
  const fixture = serviceFixture(store);
  const eventsOf = ({ id }: RunRecord) => fixture.store.events.page(id, { limit: 100 });
  const stepsIn = async (run: RunRecord): Promise<RunStep[]> => (await eventsOf(run)).map(({ step }) => step);

  it('is stored as it was told, with the answer at its end', async () => {
    const { runs } = fixture;
    for (const [index, selection] of [{}, ledger].entries()) {
      const { run, result } = await attributed(runs, attribution(100 + index), selection);
      const events = await eventsOf(run);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        [0, 1, 2, 3],
      );
      assert.equal(run.eventCount, 4);
      const { grains: _, ...summary } = result;
      const scale = selection === ledger ? { scale: 2 } : {};
      assert.deepEqual(await stepsIn(run), [...stepsOf({ selection }), { type: 'COMPLETED', ...summary, ...scale }]);
    }
  });

  it('is stored in the one transaction of its answer where nobody follows it', async () => {
    const { runs, store, engine } = fixture;
    const append = mock.method(store, 'append');
    const complete = mock.method(store, 'complete');
    const { run } = await attributed(runs, attribution(110));
    assert.deepEqual([append.mock.callCount(), complete.mock.callCount()], [0, 1]);
    assert.equal((await eventsOf(run)).length, 4);
    assert.equal(engine.attributions.length, 1);
  });

  it('comes to who follows it before it is at its end, and to who comes later the same', async () => {
    const { runs, engine } = fixture;
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const [run] = await runs.attributions.start(subject, attribution(120), ledger);
    assert.ok(run);
    const reader = runs.events(run.id);
    const first = await reader.next();
    assert.equal(first.value?.step.type, 'STARTED');
    assert.equal((await runs.find(run.id))?.eventCount, 1);
    held.resolve();
    const rest = await Array.fromAsync(reader);
    assert.deepEqual([first.value, ...rest], await eventsOf(run));
    assert.deepEqual(await Array.fromAsync(runs.events(run.id, 1)), rest.slice(1));
  });

  it('ends with the reason where it has no answer', async () => {
    const { runs, engine } = fixture;
    engine.held = new Promise(() => undefined);
    const [run] = await runs.attributions.start(subject, attribution(130), ledger);
    assert.ok(run);
    assert.equal((await runs.events(run.id).next()).value?.step.type, 'STARTED');
    await runs.cancel(run.id);
    assert.deepEqual(
      (await stepsIn(run)).map(({ type }) => type),
      ['STARTED', 'CANCELLED'],
    );
  });

  it('has what is selected of it later added, once, and changes nothing else', async () => {
    const { runs, engine, store } = fixture;
    const { run, result } = await attributed(runs, attribution(140), {});
    const before = await eventsOf(run);
    assert.deepEqual(await runs.attributions.untold(run, ledger), ledger);
    await runs.attributions.tell(run, subject, ledger);
    const events = await eventsOf(run);
    assert.deepEqual(
      events.map(({ seq, at }) => [seq, at]),
      before.map(({ seq, at }) => [seq, at]),
    );
    const { grains: _, ...summary } = result;
    assert.deepEqual(await stepsIn(run), [
      ...stepsOf({ selection: ledger }),
      { type: 'COMPLETED', ...summary, scale: 2 },
    ]);
    assert.equal((await store.events.next(run.id, 0))?.step.type, 'FORWARD');
    assert.deepEqual(await runs.attributions.untold(run, ledger), {});
    await runs.attributions.tell(run, subject, ledger);
    await runs.attributions.tell(run, null, ledger);
    assert.equal(engine.attributions.length, 2);
    const again = await runs.find(run.id);
    assert.deepEqual([again?.finishedAt, again?.eventCount], [run.finishedAt, 4]);
    const layers = await attributed(runs, attribution(140), { layers: 1 });
    assert.ok(layers.result.grains.layers);
    assert.equal(engine.attributions.length, 2, 'what was told of the layers is stored with it');
  });

  it('keeps the figures that it has, to the last bit, and those of the answer', async () => {
    const { runs, engine } = fixture;
    const { run, result } = await attributed(runs, attribution(150), { layers: 1, 'ledger.PROVISIONAL': 1 });
    const told = await stepsIn(run);
    const others = (figure: number) => ({ direct: figure, total: figure });
    mock.method(engine, 'run', async (...[, , request, options]: Parameters<typeof engine.run>) => {
      const { selection } = request as { selection: AttributionSelection };
      for (const step of stepsOf({ selection })) {
        const other =
          step.type === 'REVERSE' && step.contributions
            ? { ...step, elapsed: 99, contributions: { ...step.contributions, attention: others(1e-3) } }
            : { ...step, ...('elapsed' in step && { elapsed: 99 }) };
        options?.onStep?.({ step: other } as never);
      }
      const grains = { 'ledger.LENS': null, 'ledger.TOTAL': null };
      return [{ ...result, bias: 99, grains } satisfies AttributionResult];
    });
    await runs.attributions.tell(run, subject, ledger);
    const [started, forward, reverse, completed] = await stepsIn(run);
    assert.deepEqual([started, completed], [told[0], told[3]]);
    assert.ok(forward?.type === 'FORWARD' && reverse?.type === 'REVERSE');
    assert.equal(forward.lens?.length, 2);
    const { lens: _, target: __, ...rest } = forward;
    assert.deepEqual(rest, told[1]);
    const { contributions, biasSoFar: ___, ...progress } = reverse;
    assert.deepEqual(progress, told[2]);
    assert.deepEqual(contributions, result.grains.layers?.[0]);
  });

  it('has its lens give way to a longer one alone', async () => {
    const { runs, engine } = fixture;
    const { run } = await attributed(runs, attribution(160), { 'ledger.LENS': 2 });
    const lens = async () => {
      const [, forward] = await stepsIn(run);
      return forward?.type === 'FORWARD' ? forward.lens?.length : undefined;
    };
    await runs.attributions.tell(run, subject, { 'ledger.LENS': 1 });
    assert.deepEqual([await lens(), engine.attributions.length], [2, 1]);
    await runs.attributions.tell(run, subject, { 'ledger.LENS': 4 });
    assert.deepEqual([await lens(), engine.attributions.length], [4, 2]);
  });

  it('is waited for by who selects more of it than the run under way was asked for, and by nobody else', async () => {
    const { runs, engine } = fixture;
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const [run] = await runs.attributions.start(subject, attribution(170), { 'ledger.TOTAL': 1 });
    assert.ok(run);
    await runs.attributions.tell(run, subject, { 'ledger.TOTAL': 1, neurons: 3 });
    assert.deepEqual(await runs.attributions.untold(run, ledger), { 'ledger.PROVISIONAL': 1, 'ledger.LENS': 2 });
    const left = new AbortController();
    const leaving = runs.attributions.tell(run, subject, ledger, { signal: left.signal });
    left.abort(new Error('gone'));
    await assert.rejects(leaving, /gone/);
    const waiting = runs.attributions.tell(run, subject, ledger);
    held.resolve();
    await waiting;
    assert.deepEqual(
      engine.attributions.map(({ selection }) => selection),
      [
        { layers: 1, 'ledger.TOTAL': 1 },
        { 'ledger.PROVISIONAL': 1, 'ledger.LENS': 2 },
      ],
    );
    const [, forward] = await stepsIn(run);
    assert.ok(forward && 'provisional' in forward && 'lens' in forward);
  });

  it('is added though whoever asked to keep it has left, and for nobody else who has', async () => {
    const { runs, engine } = fixture;
    for (const keep of [true, false]) {
      const { run } = await attributed(runs, attribution(keep ? 175 : 176), {});
      const held = Promise.withResolvers<void>();
      engine.held = held.promise;
      const before = engine.attributions.length;
      const left = new AbortController();
      const leaving = runs.attributions.tell(run, subject, ledger, { signal: left.signal, keep });
      await engine.asked('attribution', before + 1);
      left.abort(new Error('gone'));
      await assert.rejects(leaving, /gone/);
      assert.equal(engine.signals.attribution[before]?.aborted, !keep);
      if (keep) {
        const waiting = runs.attributions.tell(run, subject, ledger);
        held.resolve();
        await waiting;
        assert.equal(engine.attributions.length, before + 1);
        assert.deepEqual(await runs.attributions.untold(run, ledger), {});
      }
      engine.held = Promise.resolve();
    }
  });

  it('is computed anew of a run that was stored when attributions told nothing', async () => {
    const { runs, engine, database } = fixture;
    const { run } = await attributed(runs, attribution(180), {});
    await database.event.deleteMany({ where: { runId: run.id } });
    await database.run.update({ where: { id: run.id }, data: { eventCount: 0 } });
    const stored = await runs.find(run.id);
    assert.ok(stored);
    await runs.attributions.tell(stored, null, {});
    assert.deepEqual(await stepsIn(run), [], 'there is no checkpoint');
    await assert.rejects(runs.attributions.tell(stored, null, ledger), { code: 'CHECKPOINT' });
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const first = runs.attributions.tell(stored, subject, {});
    await engine.asked('attribution', 2);
    const others = [
      runs.attributions.tell(stored, subject, {}),
      runs.attributions.tell(stored, subject, ledger),
      runs.attributions.tell(stored, subject, {}),
    ];
    await engine.asked('attribution', 3);
    held.resolve();
    await Promise.all([first, ...others]);
    assert.equal(engine.attributions.length, 3, 'once for all who ask for it meanwhile');
    assert.deepEqual(
      (await stepsIn(run)).map(({ type }) => type),
      ['STARTED', 'FORWARD', 'REVERSE', 'COMPLETED'],
    );
    const filled = await runs.find(run.id);
    assert.deepEqual(filled, { ...stored, eventCount: 4, storedBytes: filled?.storedBytes });
    await runs.attributions.tell(filled as RunRecord, subject, {});
    assert.equal(engine.attributions.length, 3);
  });

  it('asks nothing of a method that does not go back through the blocks', async () => {
    const { runs, engine } = fixture;
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const [run] = await runs.attributions.start(subject, { ...attribution(190), method: 'OCCLUSION' }, ledger);
    assert.ok(run);
    await runs.attributions.tell(run, subject, ledger);
    held.resolve();
    await Array.fromAsync(runs.events(run.id));
    await runs.attributions.tell(run, subject, ledger);
    assert.deepEqual(
      engine.attributions.map(({ selection }) => selection),
      [{}],
    );
  });
});
