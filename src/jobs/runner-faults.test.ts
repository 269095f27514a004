import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { initModel } from '../cli/models/init.ts';
import { TributaryError } from '../errors.ts';
import { prediction } from './kinds/prediction.ts';
import { JobQueue } from './queue.ts';

describe('a fault in the process of a model', () => {
  const { NODE_OPTIONS } = process.env;
  afterEach(() => {
    process.env.NODE_OPTIONS = NODE_OPTIONS ?? '';
  });

  it('is told to clients without paths, and to the log as it was', async () => {
    await using models = await temporaryFolder();
    const options = { seed: 1, dtype: 'F32', width: 32, layers: 1, heads: 2 } as const;
    const model = await initModel(models.path, 'llama', 'a', options);
    process.env.NODE_OPTIONS = `--import=${new URL('../../test/support/refusing-runner.ts', import.meta.url)}`;
    const queue = new JobQueue({ workers: 1, threads: 1, queue: 1 });
    const request = { inputIds: [72, 101], position: 1, tokens: [], top: 1 };
    await assert.rejects(queue.run(prediction, model, request), (error) => {
      assert.ok(error instanceof TributaryError && error.cause instanceof Error);
      assert.match(error.message, /^onnxruntime cannot load the graph \w+ of the model; .* check` says why$/);
      assert.match(error.cause.message, /"\/home\/someone\/models\/a\/model\.safetensors"$/);
      return true;
    });
    assert.equal(queue.stateOf(model).error?.includes('/home'), false);
    await queue.close();
  });
});
