/** What is timed, by the names that rows have for it. */
import { attributeAll, graphsOf } from '../../src/explain/attribution/attribute.ts';
import { sourcesGrain } from '../../src/explain/attribution/grains/moves-grain.ts';
import type { AttributionMethod } from '../../src/explain/attribution/methods/registry.ts';
import type { AttributionRequest, AttributionSelection, MethodOptions } from '../../src/explain/attribution/result.ts';
import { circulate, circulationGraphs } from '../../src/explain/circulation/circulate.ts';
import type { CirculationRequest } from '../../src/explain/circulation/event.ts';
import { forwardPass, inputsOf } from '../../src/inference/forward-pass.ts';
import { Gate } from '../../src/inference/gate.ts';
import { readTarget, type TargetRequest } from '../../src/inference/target.ts';
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
