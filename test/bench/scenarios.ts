/** What is timed, by the names that rows have for it. */
import { attributeAll, graphsOf } from '../../src/explain/attribution/attribute.ts';
import { sourcesGrain } from '../../src/explain/attribution/grains/moves-grain.ts';
import type { AttributionMethod } from '../../src/explain/attribution/methods/registry.ts';
import type { AttributionRequest, AttributionSelection, MethodOptions } from '../../src/explain/attribution/result.ts';
import { circulate, circulationGraphs } from '../../src/explain/circulation/circulate.ts';
import type { CirculationRequest } from '../../src/explain/circulation/event.ts';
import type { GenerationRequest } from '../../src/explain/generation/event.ts';
import { generate, generationGraphs } from '../../src/explain/generation/generate.ts';
import { forwardPass, inputsOf } from '../../src/inference/forward-pass.ts';
import { Gate } from '../../src/inference/gate.ts';
import { readTarget, type TargetRequest } from '../../src/inference/target.ts';
import { median } from './figure.ts';
import type { Scenario } from './subject.ts';

/** The top choice after the last token. */
export function lastTarget(length: number): TargetRequest {
  return { position: length - 1, token: null, against: null };
}

/** One graph that saves nothing, with the logits of the last position: what everything is compared with. */
export const plainLast: Scenario = async (subject, ids) => {
  await (await subject.plain('LAST')).run(ids);
};

/** The same with the logits of all positions, as models are exported. */
export const plainAll: Scenario = async (subject, ids) => {
  await (await subject.plain('ALL')).run(ids);
};

/** Block by block, keeping what FROZEN takes back. */
export const traced: Scenario = async ({ model }, ids) => {
  const positions = model.positions(ids.length, undefined, [ids.length - 1]);
  const { last } = await forwardPass(model, ids, new Gate(), inputsOf(model, 'reverse.FROZEN'), positions);
  await readTarget(model, last, lastTarget(ids.length));
};

export const everything: AttributionSelection = { layers: 1, [sourcesGrain]: 1, neurons: 10, 'edges.TOTAL': 20 };

export function attribution(
  method: AttributionMethod,
  selection: AttributionSelection = {},
  options?: MethodOptions,
): Scenario {
  return async (subject, ids) => {
    const request: AttributionRequest = {
      inputIds: ids,
      targets: [lastTarget(ids.length)],
      method,
      selection,
      ...(options && { options }),
    };
    await subject.prepare(graphsOf(request));
    await attributeAll(subject.model, request, new Gate());
  };
}

/** @param track which positions of a prompt @param figures beside those of every circulation */
export function circulation(
  track: (length: number) => readonly number[],
  figures: CirculationRequest['figures'] = [],
): Scenario {
  return async (subject, ids) => {
    const request = circulationRequest(subject, ids, track, figures);
    await subject.prepare(circulationGraphs(request));
    await circulate(subject.model, request, new Gate(), () => undefined);
  };
}

/** One graph over so many tokens more. */
export function plainBehind(more: number): Scenario {
  return async (subject, ids) => {
    await (await subject.plain('LAST')).run([...ids, ...subject.prompt(more)]);
  };
}

/** FROZEN tokens of the sum of the last tokens' logits, of a short prompt of all. */
export function span(count: number): Scenario {
  return attributed((ids) => {
    const from = Math.max(1, ids.length - count);
    return { ...lastTarget(ids.length - 1), token: ids.at(-1) as number, span: { from, tokens: ids.slice(from) } };
  });
}

/** … of the last one's alone, that stands as far behind. */
export function spanAsOne(): Scenario {
  return attributed((ids) => ({ ...lastTarget(ids.length - 1), token: ids.at(-1) as number }));
}

function attributed(targetOf: (ids: readonly number[]) => TargetRequest): Scenario {
  return async (subject, ids) => {
    const request: AttributionRequest = { inputIds: ids, targets: [targetOf(ids)], method: 'FROZEN', selection: {} };
    await subject.prepare(graphsOf(request));
    await attributeAll(subject.model, request, new Gate());
  };
}

const answerLength = 64;

/**
 * An answer of 64 tokens.
 * @param what FIRST: until the first token; TOKEN: from one to the next, the median; EXPLAINED: what each one's explanation
 *   takes, on the whole
 */
export function generated(what: 'FIRST' | 'TOKEN' | 'EXPLAINED'): Scenario {
  return async (subject, ids) => {
    const request: GenerationRequest = {
      inputIds: ids,
      maxTokens: what === 'FIRST' ? 1 : answerLength,
      ...{ sampling: null, stopTokens: [], stopTexts: [], top: 5 },
      attribution: what === 'EXPLAINED' ? { method: 'FROZEN' } : null,
    };
    await subject.prepare(generationGraphs(request));
    const started = performance.now();
    const waits: number[] = [];
    await generate(subject.model, request, new Gate(), async (step) => {
      if (step.type === 'TOKEN') waits.push(step.elapsed);
    });
    if (what === 'FIRST') return waits[0] as number;
    const token = median(waits.slice(1));
    // Batches stand between some tokens and the next.
    return what === 'TOKEN' ? token : (performance.now() - started - (waits[0] as number)) / answerLength - token;
  };
}

/** Until the first block is told of. */
export const firstLayer: Scenario = async (subject, ids) => {
  const request = circulationRequest(subject, ids, lastOf, ['LENS']);
  await subject.prepare(circulationGraphs(request));
  const started = performance.now();
  let first: number | undefined;
  await circulate(subject.model, request, new Gate(), ({ type }) => {
    if (type === 'LAYER') first ??= performance.now() - started;
  });
  return first as number;
};

export const lastOf = (length: number): number[] => [length - 1];
export const firstOf = (): number[] => [0];
export const allOf = (length: number): number[] => [...Array(length).keys()];

function circulationRequest(
  { model }: Parameters<Scenario>[0],
  ids: readonly number[],
  track: (length: number) => readonly number[],
  figures: CirculationRequest['figures'],
): CirculationRequest {
  const { layerCount } = model.specification;
  const target = lastTarget(ids.length);
  return { inputIds: ids, track: track(ids.length), target, layers: layerCount, top: 5, figures };
}
