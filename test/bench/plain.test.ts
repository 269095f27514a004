/** What tracing is measured against is the model: its logits are those of transformers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { specificationOf } from '../../src/architecture/registry.ts';
import { openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import { Reference, referenceFolder, referenceNames } from '../reference/reference.ts';
import { PlainModel } from './plain.ts';

const tolerance = 1e-4;

describe('the whole model as one graph', () => {
  for (const name of referenceNames)
    it(`says what transformers says: ${name}`, async () => {
      const reference = new Reference(name);
      const files = await openModelFiles(referenceFolder(name));
      const specification = specificationOf(files);
      const open = (rows: 'ALL' | 'LAST') =>
        PlainModel.open(specification, files.tensors, { folder: referenceFolder(name), threads: 1, rows });
      const [all, last] = [await open('ALL'), await open('LAST')];
      for (const prompt of reference.prompts) {
        const expected = reference.tensor(prompt, 'logits');
        const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const near = (values: Float32Array, of: Float32Array) => {
          assert.equal(values.length, of.length);
          for (const [index, value] of values.entries())
            assert.ok(
              Math.abs(value - (of[index] ?? Number.NaN)) <= tolerance * largest,
              `${index}: ${value}, ${of[index]}`,
            );
        };
        near((await all.run(prompt.ids)).data as Float32Array, expected);
        near((await last.run(prompt.ids)).data as Float32Array, expected.slice(-specification.vocabularySize));
      }
    });
});
