/** What of a model's circuits is known is not computed again. */
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { ScriptedEngine } from '../../test/support/scripted-engine.ts';
import { TributaryError } from '../errors.ts';
import type { CircuitsResult } from '../explain/circuits/result.ts';
import type { CatalogueModel } from '../inference/catalogue.ts';
import { KnownCircuits } from './known-circuits.ts';

const model = (revision: string) =>
  ({ checkpoint: { folder: `/${revision}`, revision: async () => revision } }) as unknown as CatalogueModel;
const copying = { copying: true, composition: [] };
const keys = { copying: false, composition: ['K' as const] };
const both = { copying: true, composition: ['K' as const, 'V' as const] };

describe('known circuits', () => {
  it('are computed once, and only those that are missing', async () => {
    const engine = new ScriptedEngine();
    const known = new KnownCircuits(engine);
    const first = await known.of(model('a'), copying);
    assert.deepEqual(await known.of(model('a'), copying), first);
    const more = await known.of(model('a'), both);
    assert.equal(more.copying, first.copying);
    assert.deepEqual(engine.circuitQuestions, [copying, { copying: false, composition: ['K', 'V'] }]);
    assert.deepEqual(await known.of(model('a'), { copying: false, composition: [] }), { composition: {} });
    assert.equal(engine.circuitQuestions.length, 2);
  });

  it('are computed once for all who ask meanwhile', async () => {
    const engine = new ScriptedEngine();
    const known = new KnownCircuits(engine);
    const [one, two] = await Promise.all([known.of(model('a'), keys), known.of(model('a'), keys)]);
    assert.equal(one.composition.K, two.composition.K);
    assert.equal(engine.circuitQuestions.length, 1);
  });

  it('are computed again for other files, after a failure, and when many other models were asked about since', async () => {
    const engine = new ScriptedEngine();
    const known = new KnownCircuits(engine);
    engine.held = Promise.reject(new TributaryError('OVER_CAPACITY', 'busy'));
    await assert.rejects(known.of(model('a'), copying), { code: 'OVER_CAPACITY' });
    engine.held = Promise.resolve();
    for (const revision of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'a', 'i', 'a', 'b'])
      await known.of(model(revision), copying);
    // The failure, nine models, and `b` once more, which nobody had asked about for the longest.
    assert.equal(engine.circuitQuestions.length, 11);
  });

  it('are no longer computed when the last one leaves who waits for them, and then anew for the next', async () => {
    const engine = new ScriptedEngine();
    engine.held = new Promise(() => undefined);
    const known = new KnownCircuits(engine);
    const [one, two] = [new AbortController(), new AbortController()];
    const left = known.of(model('a'), copying, { signal: one.signal });
    const staying = known.of(model('a'), both, { signal: two.signal });
    await new Promise(setImmediate);
    one.abort(new Error('one is gone'));
    await assert.rejects(left, /one is gone/);
    assert.deepEqual(
      engine.signals.circuits.map((signal) => signal?.aborted),
      [false, false],
    );
    two.abort(new Error('two is gone'));
    await assert.rejects(staying, /two is gone/);
    assert.deepEqual(
      engine.signals.circuits.map((signal) => signal?.aborted),
      [true, true],
    );
    engine.held = Promise.resolve();
    const found = await known.of(model('a'), copying);
    assert.deepEqual(await known.of(model('a'), copying, { signal: new AbortController().signal }), found);
    const gone = known.of(model('a'), keys, { signal: AbortSignal.abort(new Error('gone before')) });
    await assert.rejects(gone, /gone before/);
    assert.equal(engine.circuitQuestions.length, 3);
  });

  it('that were left are computed anew though they have not ended yet, and that they end does not touch the new ones', async () => {
    const engine = new ScriptedEngine();
    const known = new KnownCircuits(engine);
    const ended = Promise.withResolvers<CircuitsResult>();
    mock.method(engine, 'run', () => ended.promise, { times: 1 });
    const leaving = new AbortController();
    const left = known.of(model('a'), copying, { signal: leaving.signal });
    await new Promise(setImmediate);
    leaving.abort(new Error('gone'));
    await assert.rejects(left, /gone/);
    const found = await known.of(model('a'), copying);
    ended.reject(new TributaryError('CANCELLED', 'ended at last'));
    await new Promise(setImmediate);
    assert.deepEqual(await known.of(model('a'), copying), found);
    assert.equal(engine.circuitQuestions.length, 1);
  });

  it('are there for who asks later, though others who waited for them had left', async () => {
    const engine = new ScriptedEngine();
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const known = new KnownCircuits(engine);
    const leaving = new AbortController();
    const left = known.of(model('a'), copying, { signal: leaving.signal });
    const staying = known.of(model('a'), copying);
    await new Promise(setImmediate);
    leaving.abort(new Error('gone'));
    await assert.rejects(left, /gone/);
    held.resolve();
    assert.deepEqual(await known.of(model('a'), copying), await staying);
    assert.equal(engine.circuitQuestions.length, 1);
  });

  it('are cancelled when the server closes', async () => {
    const engine = new ScriptedEngine();
    engine.held = new Promise(() => undefined);
    const known = new KnownCircuits(engine);
    const waiting = assert.rejects(known.of(model('a'), copying), { code: 'CANCELLED' });
    await new Promise(setImmediate);
    known.close();
    await waiting;
  });
});
