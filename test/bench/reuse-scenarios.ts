/** Methods and studies of many runs of one prompt: how long they take beside the runs that they are made of. */
import { attribute, graphsOf } from '../../src/explain/attribution/attribute.ts';
import { faithfulness } from '../../src/explain/attribution/studies/faithfulness.ts';
import { Gate } from '../../src/inference/gate.ts';
import type { LoadedModel } from '../../src/inference/loaded-model.ts';

/** Each runs once over the prompt and gives the milliseconds it took. The target is the top choice at the last position. */
export const reuseScenarios = {
  /** Against as many plain passes as there are tokens. */
  occlusion: (model: LoadedModel, inputIds: readonly number[]) => attributed(model, inputIds, 'OCCLUSION'),
  /** Against as many GRADIENT attributions as there are steps. */
  integratedGradients: (model: LoadedModel, inputIds: readonly number[]) =>
    attributed(model, inputIds, 'INTEGRATED_GRADIENTS', { steps: integratedSteps, baseline: null }),
  gradient: (model: LoadedModel, inputIds: readonly number[]) => attributed(model, inputIds, 'GRADIENT'),
  /** Of the token scores of FROZEN, which are not in the time; against `mostPasses` plain passes. */
  async faithfulness(model: LoadedModel, inputIds: readonly number[]): Promise<number> {
    const asked = { inputIds, method: 'FROZEN' };
    const target = { position: inputIds.length - 1, token: null, against: null };
    const answer = await attribute(model, { ...asked, target, selection: {} }, new Gate());
    const selection = { faithfulness: 1 };
    await prepare(model, faithfulness.graphs);
    const started = performance.now();
    await faithfulness.run(model, { ...asked, target: answer.target }, selection, answer, new Gate());
    return performance.now() - started;
  },
} as const;

export const integratedSteps = 32;

async function attributed(
  model: LoadedModel,
  inputIds: readonly number[],
  method: string,
  options?: { readonly steps: number; readonly baseline: null },
): Promise<number> {
  const target = { position: inputIds.length - 1, token: null, against: null };
  const request = { inputIds, method, options, selection: {} };
  await prepare(model, graphsOf({ ...request, targets: [target] }));
  const started = performance.now();
  await attribute(model, { ...request, target }, new Gate());
  return performance.now() - started;
}

async function prepare(model: LoadedModel, graphs: Parameters<LoadedModel['prepare']>[0]): Promise<void> {
  await model.prepare(
    graphs,
    () => undefined,
    () => undefined,
  );
}
