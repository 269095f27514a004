/** What would be selected of a logit attribution. */
import { requireInBounds } from '../../errors.ts';
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import { estimatedParts } from '../attribution/parts/registry.ts';
import { longestList } from '../bounds.ts';
import { builder } from '../builder.ts';

export const LogitAttributionSelectionInput = builder.inputType('LogitAttributionSelectionInput', {
  description:
    'What a query would select of a `LogitAttribution` beside its tokens. What is not selected is not computed.',
  fields: (t) =>
    Object.fromEntries(
      estimatedParts.map(({ field, list, description }) => [
        field,
        list
          ? t.int({ required: true, defaultValue: 0, description })
          : t.boolean({ required: true, defaultValue: false, description }),
      ]),
    ),
});

/** @throws TributaryError INPUT for a count that is out of bounds */
export function selectionFrom(input: Readonly<Record<string, unknown>> | null | undefined): AttributionSelection {
  const asked = estimatedParts.map(({ field, key }) => {
    const count = Number(input?.[field] ?? 0);
    requireInBounds(`selection.${field}`, count, 0, longestList);
    return [key, count] as const;
  });
  return Object.fromEntries(asked.filter(([, count]) => count > 0));
}
