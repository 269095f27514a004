/** The activations of a forward pass, as they are asked for. */
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { readEnd } from './end.ts';
import type { ActivationsRequest, ActivationsResult, EndActivations, HookName, LayerActivations } from './result.ts';
import { type Watched, watchedPass } from './watched-pass.ts';

/** One pass up to the last block and the last position that are chosen. @throws TributaryError CANCELLED between two blocks */
export async function activations(
  model: LoadedModel,
  request: ActivationsRequest,
  gate: Gate,
): Promise<ActivationsResult> {
  const { names, end } = request;
  const layers: LayerActivations[] = [];
  let found: EndActivations | undefined;
  for await (const { layer, tensors } of watchedPass(model, watchedOf(request), gate)) {
    const { residualAfter, ...others } = tensors;
    if (request.layers.includes(layer))
      layers.push({ layer, tensors: names.includes('residualAfter') ? tensors : others });
    if (end?.after === layer && residualAfter) found = await readEnd(model, end, residualAfter, gate);
  }
  return end ? { layers, end: found } : { layers };
}

export function watchedOf({ layers, names, end, ...rest }: ActivationsRequest): Watched {
  const chosen = new Set(layers);
  const before: readonly HookName[] = ['residualAfter'];
  return {
    ...rest,
    names: (layer) => [...new Set([...(chosen.has(layer) ? names : []), ...(end?.after === layer ? before : [])])],
    last: Math.max(names.length > 0 ? (layers.at(-1) ?? 0) : 0, end?.after ?? 0),
  };
}
