/** Logit attribution by any of the methods. Runs in a worker. */
import type { Gate } from '../model/gate.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import type { Method } from './methods/method.ts';
import { methods } from './methods/registry.ts';
import type { AttributionMethod, AttributionRequest, AttributionResult } from './result.ts';

/** The sessions that a request needs. */
export function graphsOf(method: AttributionMethod): Method['graphs'] {
  return methods[method].graphs;
}

/** @throws TributaryError CANCELLED between two blocks */
export function attribute(model: LoadedModel, request: AttributionRequest, gate: Gate): Promise<AttributionResult> {
  return methods[request.method].attribute(model, request, gate);
}
