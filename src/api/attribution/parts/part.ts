/** Fields of an attribution that are computed when they are selected: how each says what it needs. */
import { methods } from '../../../explain/attribution/methods/registry.ts';
import { selectable } from '../../../explain/attribution/parts.ts';
import type { Grain } from '../../../explain/attribution/result.ts';
import type { Before } from '../../before-plugin.ts';
import { isInBounds } from '../../bounds.ts';
import { computesFurther } from '../../builder.ts';
import { type Extent, extent } from '../../expected-size.ts';
import { orGraphQLError } from '../../failures.ts';
import type { AttributionValue } from '../attribution-value.ts';
import { firstNeedsOf } from '../selection.ts';
import type { Need } from './need.ts';

/**
 * To be spread into the options of a field: a selection with the field in it has what it needs.
 * @param of its size, where that is not the count
 */
export function needs<Args extends object>(need: (args: Args) => Need, of: Extent<Args> = (_, args) => need(args)[1]) {
  const size: Extent<Args> = (dimensions, args) =>
    dimensions.has?.(need(args)[0]) === false || !isInBounds(need(args)[1]) ? 0 : of(dimensions, args);
  const before: Before<AttributionValue | { readonly attribution: AttributionValue }, Args> = (parent, args, info) => {
    const { deferred } = 'attribution' in parent ? parent.attribution : parent;
    const own = need(args);
    // A count out of bounds is refused by the field itself.
    return isInBounds(own[1]) && deferred?.has(own) === false
      ? orGraphQLError(() => deferred.add([own, ...firstNeedsOf(info)], info))
      : undefined;
  };
  return { extensions: { needs: need, before, ...extent(size).extensions, ...computesFurther } };
}

/** How a part stands in `LogitAttributionSelectionInput`, by which it is estimated before it is asked for. */
export interface Estimated {
  /** Name of the input field: a count where the part is a list, otherwise whether. */
  readonly field: string;
  readonly list: boolean;
  readonly description: string;
  readonly key: Grain;
}

/** Whether there is such a figure with the method, the prompt and the target of an attribution; where not, its field is null. */
export function isKnown({ run }: AttributionValue, key: Grain): boolean {
  if (run.question.kind !== 'LOGIT_ATTRIBUTION') return false;
  return Object.hasOwn(selectable(run.question.input, { [key]: 1 }), key);
}

const ofTokensAlone = methods.filter(({ throughBlocks }) => !throughBlocks).map(({ name }) => name);

/** For descriptions: why fields are null. */
export const nullOfTokensAlone = `Null with ${ofTokensAlone.join(', ').replace(/, (?=[^,]*$)/, ' and ')}, which know tokens alone, and of a span against another continuation.`;
