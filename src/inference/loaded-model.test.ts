import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Reference } from '../../test/reference/reference.ts';
import { embed } from './forward-pass.ts';

describe('a loaded model', () => {
  it('loads anew what it has released', async () => {
    const model = await new Reference('gpt2-plain').load();
    const ids = [1, 2, 3];
    const { x } = await embed(model, ids);
    await model.release();
    assert.deepEqual((await embed(model, ids)).x.data, x.data);
    await model.release();
  });
});
