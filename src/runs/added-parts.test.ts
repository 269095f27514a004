/** What is asked of an attribution that is stored already: only what is missing is computed, and added to it. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { attributed, serviceFixture } from '../../test/support/run-service.ts';
import { attribution, subject } from '../../test/support/scripted-engine.ts';
import { onEachStore } from '../../test/support/stores.ts';
import { TributaryError } from '../errors.ts';
import type { AttributionResult, AttributionSelection } from '../explain/attribution/result.ts';

onEachStore('what is added to a stored answer', (store) => {
  const fixture = serviceFixture(store);

  it('computes of an attribution only what is not stored, and adds it to the same run', async () => {
    const { engine, runs } = fixture;
    const first = await attributed(runs, attribution(6));
    const again = await attributed(runs, attribution(6));
    assert.equal(again.run.id, first.run.id);
    assert.equal(engine.attributions.length, 1);
    const finer = { 'edges.TOTAL': 3, layers: 1 };
    const more = await attributed(runs, attribution(6), finer);
    assert.equal(more.run.id, first.run.id);
    assert.deepEqual(engine.attributions.at(-1)?.selection, finer);
    assert.equal(engine.attributions.length, 2);
    const fewer = await attributed(runs, attribution(6), { 'edges.TOTAL': 2 });
    assert.deepEqual(Object.keys(fewer.result.grains), ['edges.TOTAL']);
    assert.equal(engine.attributions.length, 2);
    await assert.rejects(runs.attributions.read(first.run, null, { neurons: 1 }), /checkpoint .* gone or has changed/);
  });

  it('computes a finer grain once for all who ask for it meanwhile, and beside it what else is asked for', async () => {
    const { engine, runs } = fixture;
    const { run } = await attributed(runs, attribution(27));
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const ask = (selection: AttributionSelection) => runs.attributions.read(run, subject, selection);
    const finer = { neurons: 3, layers: 1 };
    const adding = [ask(finer), ask(finer)];
    await engine.asked('attribution', 2);
    adding.push(ask({ neurons: 2 }), ask({ neurons: 3, 'edges.TOTAL': 2 }));
    // Which of two is looked up first is up to the database.
    await engine.asked('attribution', 3);
    adding.push(ask({ neurons: 4 }));
    await engine.asked('attribution', 4);
    held.resolve();
    const answers = await Promise.all(adding);
    // One that is read after the longer list is stored has more of it than it asked for.
    const asAsked = ({ grains, ...rest }: (typeof answers)[number]) => ({
      ...rest,
      grains: { ...grains, neurons: grains.neurons?.map((strongest) => strongest.slice(0, finer.neurons)) },
    });
    const [first, second] = answers.map(asAsked);
    assert.deepEqual(second, first);
    const counts = answers.map(({ grains }) => grains.neurons?.[0]?.length);
    assert.ok(
      counts.every((count = 0, index) => count >= ([3, 3, 2, 3, 4][index] as number)),
      `${counts}`,
    );
    assert.deepEqual(
      engine.attributions.map(({ selection }) => selection),
      [{}, finer, { 'edges.TOTAL': 2 }, { neurons: 4 }],
    );
    assert.equal((await ask({ neurons: 4 })).grains.neurons?.[0]?.length, 4, 'the longer list is kept');
    assert.equal(engine.attributions.length, 4);
  });

  it('shows what is stored while something is added', async () => {
    const { engine, runs } = fixture;
    const { run, result } = await attributed(runs, attribution(28));
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const adding = runs.attributions.read(run, subject, { layers: 1 });
    await engine.asked('attribution', 2);
    assert.deepEqual(await runs.attributions.read(run, subject, {}), result);
    assert.deepEqual((await attributed(runs, attribution(28))).result, result);
    held.resolve();
    assert.ok((await adding).grains.layers);
  });

  it('ends an addition when the last one leaves who waits for it, and computes it anew for the next', async () => {
    const { engine, faults, runs } = fixture;
    const { run } = await attributed(runs, attribution(29));
    engine.held = new Promise(() => undefined);
    const leaving = [new AbortController(), new AbortController(), new AbortController()] as const;
    const [one, two] = leaving
      .slice(0, 2)
      .map(({ signal }) => runs.attributions.read(run, subject, { layers: 1 }, { signal }));
    assert.ok(one && two);
    await engine.asked('attribution', 2);
    leaving[0].abort(new Error('one is gone'));
    await assert.rejects(one, /one is gone/);
    assert.equal(engine.signals.attribution[1]?.aborted, false);
    leaving[1].abort(new Error('two is gone'));
    await assert.rejects(two, /two is gone/);
    assert.equal(engine.signals.attribution[1]?.aborted, true);
    const three = attributed(runs, attribution(29), { layers: 1 }, { signal: leaving[2].signal });
    await engine.asked('attribution', 3);
    leaving[2].abort(new Error('three is gone'));
    await assert.rejects(three, /three is gone/);
    assert.equal(engine.signals.attribution[2]?.aborted, true);
    engine.held = Promise.resolve();
    assert.ok((await runs.attributions.read(run, subject, { layers: 1 })).grains.layers);
    const gone = runs.attributions.read(
      run,
      subject,
      { neurons: 1 },
      { signal: AbortSignal.abort(new Error('gone before')) },
    );
    await assert.rejects(gone, /gone before/);
    await runs.attributions.read(run, subject, { neurons: 2 });
    assert.deepEqual(engine.attributions.at(-1)?.selection, { neurons: 2 });
    assert.equal(engine.attributions.length, 5, 'nothing was begun for who had gone before');
    assert.deepEqual(faults, []);
  });

  it('computes anew what was left, though that has not ended yet', async () => {
    const { engine, runs } = fixture;
    const { run } = await attributed(runs, attribution(31));
    const ended = Promise.withResolvers<AttributionResult[]>();
    const begun = Promise.withResolvers<void>();
    const slow = () => {
      begun.resolve();
      return ended.promise;
    };
    mock.method(engine, 'run', slow, { times: 1 });
    const leaving = new AbortController();
    const left = runs.attributions.read(run, subject, { layers: 1 }, { signal: leaving.signal });
    await begun.promise;
    leaving.abort(new Error('gone'));
    await assert.rejects(left, /gone/);
    assert.ok((await runs.attributions.read(run, subject, { layers: 1 })).grains.layers);
    ended.reject(new TributaryError('CANCELLED', 'ended at last'));
    await assert.rejects(runs.cancel(run.id), { code: 'RUN_STATE' }, 'nothing is added any more');
  });

  it('computes nothing that was added since it was found missing', async () => {
    const { engine, runs, store } = fixture;
    const { run } = await attributed(runs, attribution(32));
    const [read, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const parts = store.parts.bind(store);
    mock.method(
      store,
      'parts',
      async (...args: Parameters<typeof parts>) => {
        const found = await parts(...args);
        read.resolve();
        await held.promise;
        return found;
      },
      { times: 1 },
    );
    const late = runs.attributions.read(run, subject, { layers: 1 });
    await read.promise;
    const early = await runs.attributions.read(run, subject, { layers: 1 });
    held.resolve();
    assert.deepEqual(await late, early);
    assert.equal(engine.attributions.length, 2);
  });

  it('adds to each run what was asked of it', async () => {
    const { engine, runs } = fixture;
    const both = [await attributed(runs, attribution(33)), await attributed(runs, attribution(34))];
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const adding = both.map(({ run }) => runs.attributions.read(run, subject, { layers: 1 }));
    await engine.asked('attribution', 4);
    held.resolve();
    for (const { grains } of await Promise.all(adding)) assert.ok(grains.layers);
  });

  it('ends what is added to a run that is cancelled, for all who wait for it; the run stays as it is', async () => {
    const { engine, runs } = fixture;
    const { run, result } = await attributed(runs, attribution(30));
    engine.held = new Promise(() => undefined);
    const adding = [
      runs.attributions.read(run, subject, { layers: 1 }),
      attributed(runs, attribution(30), { neurons: 1 }),
    ];
    await engine.asked('attribution', 3);
    const told = Promise.all(adding.map((added) => assert.rejects(added, { code: 'CANCELLED' })));
    assert.deepEqual(await runs.cancel(run.id), run);
    await told;
    assert.equal(engine.signals.attribution[1]?.aborted && engine.signals.attribution[2]?.aborted, true);
    await assert.rejects(runs.cancel(run.id), { code: 'RUN_STATE', message: /is COMPLETED already/ });
    assert.deepEqual((await attributed(runs, attribution(30))).result, result);
    engine.held = Promise.resolve();
    const more = await attributed(runs, attribution(30), { layers: 1 });
    assert.equal(more.run.id, run.id);
    assert.ok(more.result.grains.layers);
  });

  it('computes nothing for paths that begin outside of the prompt', async () => {
    const { engine, runs } = fixture;
    const outside = { 'paths.99': 5, 'paths.-3': 5 };
    const { run } = await attributed(runs, attribution(22), outside);
    assert.equal((await attributed(runs, attribution(22), outside)).run.id, run.id);
    assert.deepEqual(
      engine.attributions.map(({ selection }) => selection),
      [{}],
    );
  });

  it('adds nothing to an answer that was made by an earlier version of its method', async () => {
    const { runs } = fixture;
    const { run } = await attributed(runs, attribution(17));
    const earlier = { ...run, contentHash: 'of another version' };
    await runs.attributions.read(earlier, subject, {});
    await assert.rejects(runs.attributions.read(earlier, subject, { layers: 1 }), { code: 'RUN_STATE' });
  });

  it('lets an answer be deleted while something is added to it, which ends with it', async () => {
    const { engine, runs } = fixture;
    const { run } = await attributed(runs, attribution(18));
    engine.held = new Promise(() => undefined);
    const adding = [
      runs.attributions.read(run, subject, { layers: 1 }),
      runs.attributions.tell(run, subject, { 'ledger.LENS': 1 }),
    ];
    await engine.asked('attribution', 3);
    const told = Promise.all(adding.map((added) => assert.rejects(added, { code: 'UNKNOWN_RUN' })));
    await runs.delete(run.id);
    await told;
    assert.ok(engine.signals.attribution.slice(1).every((signal) => signal?.aborted));
    await assert.rejects(runs.attributions.read(run, subject, { layers: 1 }), { code: 'UNKNOWN_RUN' });
    assert.equal(engine.attributions.length, 3, 'nothing is computed for it any more');
  });
});
