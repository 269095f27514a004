/** Which grains a question has. */
import { originOf } from './paths-grain.ts';
import type { AttributionInput, AttributionMethod, AttributionSelection } from './result.ts';

/** Those that know nothing finer than tokens. */
const tokenMethods: ReadonlySet<AttributionMethod> = new Set([
  'INTEGRATED_GRADIENTS',
  'OCCLUSION',
  'ATTENTION_ROLLOUT',
]);

/** Grains that are read off token scores alone. */
const ofTokens: ReadonlySet<string> = new Set(['faithfulness', 'agreement']);

/**
 * What of a selection there is with this method and this prompt: the rest stays empty, and nothing need be computed for it.
 */
export function selectable(
  { method, inputIds }: Pick<AttributionInput, 'method' | 'inputIds'>,
  selection: AttributionSelection,
): AttributionSelection {
  return Object.fromEntries(
    Object.entries(selection).filter(([grain, count]) => {
      if (!count) return false;
      if (grain.startsWith('paths.')) return method === 'FROZEN' && originOf(grain, inputIds.length) !== undefined;
      return ofTokens.has(grain) || !tokenMethods.has(method);
    }),
  );
}
