/** A model in words. */
import { parameters } from '../../format/number.ts';
import type { ModelEntry } from '../../state/models.ts';

/** `2.3 M parameters`; nothing for what cannot be read. */
export function sizeOf(model: ModelEntry): string | undefined {
  return model.__typename === 'Model' ? `${parameters(model.parameterCount)} parameters` : undefined;
}

/** `GPT2, 4 blocks`. */
export function kindOf(model: ModelEntry): string | undefined {
  if (model.__typename !== 'Model') return undefined;
  return `${model.architecture}, ${model.layerCount} ${model.layerCount === 1 ? 'block' : 'blocks'}`;
}

/** How it stands: `ready`, `loading, 3 of 10 parts`. */
export function stateOf({ status, progress }: Pick<ModelEntry, 'status' | 'progress'>): string {
  if (status === 'LOADING') return progress ? `loading, ${progress.loaded} of ${progress.total} parts` : 'loading';
  return { READY: 'ready', UNLOADED: 'not loaded', FAILED: 'failed to load', BROKEN: 'broken' }[status];
}
