/** Logit attribution by any of the methods, and the studies of its answer. */
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { attributeContrasted, sortedOf } from './continuations.ts';
import { ledgerGraphs, withLayers } from './ledger/ledger.ts';
import { sparing, type Tell } from './ledger/step.ts';
import type { Method } from './methods/method.ts';
import { methodOf } from './methods/registry.ts';
import type { AttributionInput, AttributionRequest, AttributionResult, AttributionSelection } from './result.ts';
import { studiesIn } from './studies/registry.ts';

/** The sessions that a request needs. */
export function graphsOf({ method, targets, selection }: AttributionRequest): Method['graphs'] {
  const linearised = targets.some(({ kind }) => kind) ? (['linearised'] as const) : [];
  const studies = studiesIn(selection).flatMap(({ study }) => study.graphs);
  return [...new Set([...methodOf(method).graphs, ...linearised, ...ledgerGraphs({ targets, selection }), ...studies])];
}

/**
 * One answer for each target, in order.
 * @param tell to be awaited with each step as it comes; what of them is not selected is not computed
 * @throws TributaryError CANCELLED between two blocks
 */
export async function attributeAll(
  model: LoadedModel,
  request: AttributionRequest,
  gate: Gate,
  tell: Tell = () => undefined,
): Promise<AttributionResult[]> {
  const { plain, contrasted } = sortedOf(request);
  if (contrasted.length === 0) return attributePlain(model, request, gate, tell);
  const answers: AttributionResult[] = [];
  if (plain.length > 0) {
    const targets = plain.map(({ target }) => target);
    const found = await attributePlain(model, { ...request, targets }, gate, async ({ step, target }) => {
      for (const { place } of target === undefined ? plain : plain.slice(target, target + 1))
        await tell({ step, target: place });
    });
    for (const [index, { place }] of plain.entries()) answers[place] = found[index] as AttributionResult;
  }
  const targets = contrasted.map(({ target }) => target);
  const differences = await attributeContrasted(model, request, targets, gate, ({ step, target = 0 }) =>
    tell({ step, target: contrasted[target]?.place }),
  );
  for (const [index, { place }] of contrasted.entries()) answers[place] = differences[index] as AttributionResult;
  return answers;
}

/** The same of targets that one sequence answers. */
async function attributePlain(
  model: LoadedModel,
  request: AttributionRequest,
  gate: Gate,
  tell: Tell,
): Promise<AttributionResult[]> {
  const { targets, selection, ...input } = request;
  const method = methodOf(request.method);
  const { layerCount } = model.specification;
  const progress = method.progress(model.specification, request);
  await tell({ step: { type: 'STARTED', layerCount, throughBlocks: method.throughBlocks, ...progress } });
  const studies = studiesIn(selection);
  const needed = Object.assign({}, ...studies.map(({ study }) => study.needs));
  const whole = { ...request, selection: withLayers({ ...needed, ...selection }) };
  const answers = await method.run(model, whole, gate, sparing(tell, progress));
  for (const [index, target] of targets.entries()) {
    const answer = answers[index] as AttributionResult;
    const resolved = { ...input, target: { ...target, token: answer.target.token } };
    for (const { study, selection: own } of studies) {
      Object.assign(answer.grains, await study.run(model, resolved, own, answer, gate));
    }
  }
  return answers;
}

/** One question by itself. @throws TributaryError CANCELLED between two blocks */
export async function attribute(
  model: LoadedModel,
  { target, ...rest }: AttributionInput & { readonly selection: AttributionSelection },
  gate: Gate,
): Promise<AttributionResult> {
  const [answer] = await attributeAll(model, { ...rest, targets: [target] }, gate);
  return answer as AttributionResult;
}
