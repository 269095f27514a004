/** Probabilities as targets where float32 has few digits left: against float64, and against the gradient written out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openModelFiles } from '../src/checkpoint/checkpoint.ts';
import { readTensor } from '../src/checkpoint/read-tensor.ts';
import { attribute } from '../src/explain/attribution/attribute.ts';
import { Gate } from '../src/inference/gate.ts';
import { floats, floatsOf, integers } from '../src/inference/tensor.ts';
import { largeVocabulary, Reference, referenceFolder } from './reference/reference.ts';
import { assertClose, sum } from './support/close.ts';

const parity = 1e-4;
/** Of the largest value involved, for figures that must come out the same by two ways. */
const identity = 1e-5;
const kinds = ['LOG_PROBABILITY', 'PROBABILITY'] as const;

describe('a token that is all but certain', () => {
  it('has the gradient of its (log-)probability to rounding, though 1 − p is less than what float32 tells from 1', async (t) => {
    const reference = new Reference('attention-only-bare');
    const model = await reference.load();
    t.after(() => model.release());
    const { width, vocabularySize, unembedding } = model.specification;
    const entry = (await openModelFiles(referenceFolder(reference.name))).tensors.get(unembedding.weight);
    assert.ok(entry && !unembedding.norm);
    const weight = await readTensor(entry);
    const [token, against] = [42, 7];
    const rows = Array.from({ length: vocabularySize }, (_, id) => weight.slice(id * width, (id + 1) * width));
    const own = rows[token] as Float32Array;
    // The further along its own direction, the surer.
    for (const [factor, less] of [
      [1, 1],
      [5, 1e-5],
      [10, 1e-11],
      [20, 1e-23],
    ] as const) {
      const x = own.map((value) => factor * value);
      const odds = rows.map((row) =>
        Math.exp(row.reduce((z, one, i) => z + (one - (own[i] as number)) * (x[i] as number), 0)),
      );
      const probabilities = odds.map((one) => one / sum(odds));
      const rest = sum(probabilities.filter((_, id) => id !== token));
      assert.ok(rest < less);
      const feeds = { x: floats(x, 1, 1, width), at: integers([0, 0], 1, 2), token: integers([token]) };
      for (const other of [-1, against]) {
        for (const kind of kinds) {
          const ofProbability = kind === 'PROBABILITY';
          const out = await model.run('linearised', {
            ...feeds,
            against: integers([other]),
            probability: floats(Float32Array.of(ofProbability ? 1 : 0), 1),
          });
          /** Σ_j p_j·(W_y − W_j), times p_y for the probability. */
          const gradient = (id: number) =>
            Array.from({ length: width }, (_, i) => {
              const at = (one: number) => rows[one]?.[i] as number;
              const away = sum(probabilities.map((p, one) => p * (at(id) - at(one))));
              return away * (ofProbability ? (probabilities[id] as number) : 1);
            });
          const contrasted = gradient(other === -1 ? token : other);
          const expected = gradient(token).map((value, i) =>
            other === -1 ? value : value - (contrasted[i] as number),
          );
          const largest = Math.max(...expected.map(Math.abs));
          assertClose(floatsOf(out, 'direction'), expected, parity * largest, `${kind} at 1 − ${rest}`);
        }
      }
    }
  });
});

describe('a vocabulary as large as real ones', () => {
  it('has log-probabilities as they are in float64, its long tail of unlikely tokens counted', async (t) => {
    const reference = new Reference(largeVocabulary);
    const model = await reference.load();
    t.after(() => model.release());
    for (const prompt of reference.prompts) {
      for (const [index, { position, token, against }] of prompt.targets.entries()) {
        if (against !== null) continue;
        const input = { inputIds: prompt.ids, target: { position, token, against }, selection: {} };
        const { target } = await attribute(model, { ...input, method: 'FROZEN' }, new Gate());
        const expected = reference.tensor(prompt, 'log_probability_value', index);
        assertClose([target.logProbability], expected, identity, 'log-probability');
      }
    }
  });
});
