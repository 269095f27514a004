/** What of a model's circuits is known is not computed again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TributaryError } from '../errors.ts';
import type { CatalogueModel } from '../model/catalogue.ts';
import { ScriptedEngine } from '../run/scripted-engine.ts';
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
