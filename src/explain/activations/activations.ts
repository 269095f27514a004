/** The activations of a forward pass, as they are asked for. */
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import type { ActivationsRequest, ActivationsResult, LayerActivations } from './result.ts';
import { type Watched, watchedPass } from './watched-pass.ts';

/** One pass up to the last block and the last position that are chosen. @throws TributaryError CANCELLED between two blocks */
export async function activations(
  model: LoadedModel,
  request: ActivationsRequest,
  gate: Gate,
): Promise<ActivationsResult> {
  const layers: LayerActivations[] = [];
  for await (const layer of watchedPass(model, watchedOf(request), gate)) layers.push(layer);
  return { layers };
}

export function watchedOf(request: ActivationsRequest): Watched {
  const layers = new Set(request.layers);
  return {
    ...request,
    names: (layer) => (layers.has(layer) ? request.names : []),
    last: request.layers.at(-1) ?? 0,
  };
}
