/** Logit attribution by any of the methods, and the studies of its answer. */
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { type BatchRequest, batchOf, requestsIn, requireOneLength, type TellInBatch } from './batch-request.ts';
import { attributeContrasted, contrastedIn, plainIn } from './continuations.ts';
import { ledgerGraphs, withLayers } from './ledger/ledger.ts';
import { sparing, type Tell } from './ledger/step.ts';
import type { Method } from './methods/method.ts';
import { methodOf } from './methods/registry.ts';
import type { AttributionInput, AttributionRequest, AttributionResult, AttributionSelection } from './result.ts';
import { studiesIn } from './studies/registry.ts';

/** The sessions that a request needs. */
export function graphsOf({ method, targets, selection }: Omit<AttributionRequest, 'inputIds'>): Method['graphs'] {
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
  const [answers = []] = await attributeBatch(model, batchOf(request), gate, ({ step, target }) =>
    tell({ step, target }),
  );
  return answers;
}

/**
 * One answer for each target of each prompt, in order. What one sequence answers goes through the model side by side where
 * the method can do that.
 * @param tell as of `attributeAll`
 * @throws TributaryError CANCELLED between two blocks
 */
export async function attributeBatch(
  model: LoadedModel,
  request: BatchRequest,
  gate: Gate,
  tell: TellInBatch = () => undefined,
): Promise<AttributionResult[][]> {
  requireOneLength(request);
  const plain = plainIn(request);
  const answers = request.prompts.map((): AttributionResult[] => []);
  const put = (number: number, places: readonly number[], found: readonly AttributionResult[] = []) => {
    for (const [index, place] of places.entries())
      (answers[number] as AttributionResult[])[place] = found[index] as AttributionResult;
  };
  if (plain.length > 0) {
    const prompts = plain.map(({ prompt }) => prompt);
    const isAll = prompts.every(({ targets }, number) => targets.length === request.prompts[number]?.targets.length);
    const tellPlain: TellInBatch = async ({ step, prompt, target }) => {
      if (isAll && prompts.length === request.prompts.length) return tell({ step, prompt, target });
      for (const { number, places } of prompt === undefined ? plain : plain.slice(prompt, prompt + 1))
        for (const place of target === undefined ? places : places.slice(target, target + 1))
          await tell({ step, prompt: number, target: place });
    };
    const found = await attributePlain(model, { ...request, prompts }, gate, tellPlain);
    for (const [row, { number, places }] of plain.entries()) put(number, places, found[row]);
  }
  for (const [number, one] of requestsIn(request).entries()) {
    const contrasted = contrastedIn(one);
    if (contrasted.length === 0) continue;
    const targets = contrasted.map(({ target }) => target);
    const places = contrasted.map(({ place }) => place);
    const differences = await attributeContrasted(model, one, targets, gate, ({ step, target = 0 }) =>
      tell({ step, prompt: number, target: places[target] }),
    );
    put(number, places, differences);
  }
  return answers;
}

/** The same of targets that one sequence answers. */
async function attributePlain(
  model: LoadedModel,
  request: BatchRequest,
  gate: Gate,
  tell: TellInBatch,
): Promise<AttributionResult[][]> {
  const { prompts, selection, ...input } = request;
  const studies = studiesIn(selection);
  const needed = Object.assign({}, ...studies.map(({ study }) => study.needs));
  const whole = { ...request, selection: withLayers({ ...needed, ...selection }) };
  const answers = await answersOf(model, whole, gate, tell);
  for (const [number, { inputIds, targets }] of prompts.entries()) {
    for (const [index, target] of targets.entries()) {
      const answer = answers[number]?.[index] as AttributionResult;
      const resolved = { ...input, inputIds, target: { ...target, token: answer.target.token } };
      for (const { study, selection: own } of studies) {
        Object.assign(answer.grains, await study.run(model, resolved, own, answer, gate));
      }
    }
  }
  return answers;
}

/** What the method says, of all prompts side by side or of one after the other. */
async function answersOf(
  model: LoadedModel,
  request: BatchRequest,
  gate: Gate,
  tell: TellInBatch,
): Promise<AttributionResult[][]> {
  const method = methodOf(request.method);
  const { specification } = model;
  const started = (one: AttributionRequest) => {
    const { layerCount } = specification;
    const { throughBlocks } = method;
    return { type: 'STARTED', layerCount, throughBlocks, ...method.progress(specification, one) } as const;
  };
  const requests = requestsIn(request);
  if (method.together) {
    await tell({ prompt: undefined, step: started(requests[0] as AttributionRequest) });
    return method.together.run(model, request, gate, tell);
  }
  const answers: AttributionResult[][] = [];
  for (const [prompt, one] of requests.entries()) {
    await tell({ prompt, step: started(one) });
    const tellOne = sparing((told) => tell({ prompt, ...told }), method.progress(specification, one));
    answers.push(await method.run(model, one, gate, tellOne));
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
