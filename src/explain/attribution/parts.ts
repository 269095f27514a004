/** Parts of an answer, whichever computes them: by the registries of grains and studies, and the ledger. */

import type { TargetRequest } from '../../inference/target.ts';
import { isContrasted } from './continuations.ts';
import { grains } from './grains/registry.ts';
import { nameOf } from './keys.ts';
import { ledger, withLayers } from './ledger/ledger.ts';
import { methodOf } from './methods/registry.ts';
import type { Part } from './part.ts';
import type { AttributionInput, AttributionSelection } from './result.ts';
import { studies } from './studies/registry.ts';

export const parts: readonly Part[] = [...grains, ...studies, ledger];

/** @returns undefined for a key of none, as one may be stored by another version */
export function partOf(key: string): Part | undefined {
  const name = nameOf(key);
  return parts.find((part) => part.name === name);
}

/**
 * What of a selection there is with this method, this prompt and this target, where one is named: the rest stays empty, and
 * nothing need be computed for it.
 */
export function selectable(
  { method, inputIds, target }: Pick<AttributionInput, 'method' | 'inputIds'> & { readonly target?: TargetRequest },
  selection: AttributionSelection,
): AttributionSelection {
  if (target && isContrasted(target)) return {};
  const there = Object.entries(selection).filter(
    ([key, count]) => count && partOf(key)?.exists(key, methodOf(method), inputIds.length),
  );
  return withLayers(Object.fromEntries(there));
}
