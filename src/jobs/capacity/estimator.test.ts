import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { openModelFiles } from '../../checkpoint/checkpoint.ts';
import type { Snapshot } from '../../checkpoint/fingerprint.ts';
import { initModel } from '../../cli/models/init.ts';
import { ModelCost } from '../../inference/cost.ts';
import type { HookName } from '../../onnx/hooks.ts';
import { activations } from '../kinds/activations.ts';
import { prediction } from '../kinds/prediction.ts';
import { Estimator } from './estimator.ts';
import { graphSetsOf } from './memory.ts';

const request = { inputIds: [1, 2, 3], position: 2, tokens: [], top: 1 };

describe('the estimator', () => {
  let models: Awaited<ReturnType<typeof temporaryFolder>>;
  let model: Snapshot;
  before(async () => {
    models = await temporaryFolder();
    const shape = { seed: 1, dtype: 'F32', width: 32, layers: 2, heads: 2 } as const;
    model = await initModel(models.path, 'llama', 'model', shape);
  });
  after(() => models[Symbol.asyncDispose]());

  it('learns how long loading takes from jobs that loaded, not from those that found the model loaded', async () => {
    const estimator = new Estimator({ threads: 1, memory: Number.POSITIVE_INFINITY, time: Number.POSITIVE_INFINITY });
    const plan = await estimator.plan(prediction, model, request);
    const weights = 'LEAN' as const;
    const nothing = { held: undefined, weights };
    const { loadTime, runTime } = await estimator.estimate(plan, nothing);
    // A job before it was cancelled while it loaded: it counts as loaded, and is not.
    const held = { weights, graphSets: new Set(graphSetsOf(prediction, request)) };
    estimator.observe(plan, { held, weights }, { load: 30, run: runTime });
    assert.equal((await estimator.estimate(plan, nothing)).loadTime, loadTime);
    estimator.observe(plan, nothing, { load: 30, run: runTime });
    assert.ok((await estimator.estimate(plan, nothing)).loadTime > loadTime);
  });

  it('counts sessions that a job makes for itself as a part of its run, and learns nothing of loading from them', async () => {
    const estimator = new Estimator({ threads: 1, memory: Number.POSITIVE_INFINITY, time: Number.POSITIVE_INFINITY });
    const weights = 'LEAN' as const;
    const estimated = async (names: readonly HookName[]) => {
      const inputIds = [1, 2, 3];
      const plan = await estimator.plan(activations, model, {
        inputIds,
        layers: [0, 1],
        heads: null,
        positions: [2],
        names,
      });
      return { plan, ...(await estimator.estimate(plan, { held: undefined, weights })) };
    };
    const inside = await estimated(['z']);
    const around = await estimated(['residualAfter']);
    assert.equal(inside.loadTime, 0);
    assert.ok(around.loadTime > 0 && inside.runTime > around.runTime);
    estimator.observe(inside.plan, { held: undefined, weights }, { load: 30, run: inside.runTime });
    assert.equal((await estimated(['residualAfter'])).loadTime, around.loadTime);
  });

  it('plans nothing for other files than those that lie there', async () => {
    const estimator = new Estimator({ threads: 1, memory: Number.POSITIVE_INFINITY, time: Number.POSITIVE_INFINITY });
    const others = { ...model, fingerprint: '[]' };
    const refused = { code: 'CHECKPOINT', message: /has changed since/ };
    await assert.rejects(estimator.plan(prediction, others, request), refused);
    await estimator.plan(prediction, model, request);
    await assert.rejects(estimator.plan(prediction, others, request), refused);
  });

  it('counts the memory of a prediction: the stream after every block, and the logits of every token', async () => {
    const estimator = new Estimator({ threads: 1, memory: Number.POSITIVE_INFINITY, time: Number.POSITIVE_INFINITY });
    const inputIds = Array<number>(50).fill(1);
    const activations = async (tokens: number[]) => {
      const request = { inputIds, position: inputIds.length - 1, tokens, top: 1 };
      return (await estimator.plan(prediction, model, request)).demand.activations;
    };
    const cost = new ModelCost(await openModelFiles(model.folder));
    const { width, layerCount, vocabularySize } = cost.model;
    const streams = 4 * (layerCount + 1) * inputIds.length * width;
    assert.equal(await activations([1]), streams + cost.activations.forwardWork(1, inputIds.length));
    assert.ok((await activations(Array.from(inputIds.keys()))) >= streams + 4 * inputIds.length * vocabularySize);
  });
});
