/** Circulations to be measured beside a plain pass: of which tokens, and with or without the lens. */
import { circulate, circulationGraphs } from '../../src/explain/circulation/circulate.ts';
import type { CirculationRequest } from '../../src/explain/circulation/event.ts';
import { Gate } from '../../src/inference/gate.ts';
import type { LoadedModel } from '../../src/inference/loaded-model.ts';

const of = (track: (length: number) => number[], figures: CirculationRequest['figures']) => ({ track, figures });
const [last, first] = [(length: number) => [length - 1], () => [0]];

export const circulationScenarios = {
  'last token': of(last, []),
  'last token, with the lens': of(last, ['LENS']),
  'first token': of(first, []),
  'first token, with the lens': of(first, ['LENS']),
  'all tokens': of((length) => [...Array(length).keys()], []),
  'last token, everything': of(last, ['LENS', 'HEADS', 'PATTERNS']),
} as const;
export type CirculationScenario = keyof typeof circulationScenarios;

export interface CirculationTimes {
  /** Milliseconds, to the first event of a block and in all. */
  readonly firstLayer: number;
  readonly whole: number;
  /** See `CirculationAuditResult`. */
  readonly deviation: number;
}

/** Runs it once; graphs are loaded before the clock starts. */
export async function timeCirculation(
  model: LoadedModel,
  inputIds: readonly number[],
  scenario: CirculationScenario,
): Promise<CirculationTimes> {
  const { track, figures } = circulationScenarios[scenario];
  const request: CirculationRequest = {
    inputIds,
    track: track(inputIds.length),
    target: { position: inputIds.length - 1, token: null, against: null },
    layers: model.specification.layerCount,
    top: 5,
    figures,
  };
  await model.prepare(
    circulationGraphs(request),
    () => undefined,
    () => undefined,
  );
  const started = performance.now();
  let [firstLayer, deviation] = [Number.NaN, Number.NaN];
  await circulate(model, request, new Gate(), (step) => {
    if (step.type === 'LAYER' && step.layer === 0) firstLayer = performance.now() - started;
    if (step.type === 'COMPLETED') deviation = step.audit.deviation;
  });
  return { firstLayer, whole: performance.now() - started, deviation };
}
