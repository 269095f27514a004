/** What would be selected of a logit attribution. */
import { TributaryError } from '../../errors.ts';
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import { longestList } from '../attribution/parts/part.ts';
import { estimatedParts } from '../attribution/parts/registry.ts';
import { builder } from '../builder.ts';

export const SelectionInput = builder.inputType('SelectionInput', {
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

/** @throws TributaryError PROMPT for a count that is out of bounds */
export function selectionFrom(input: Readonly<Record<string, unknown>> | null | undefined): AttributionSelection {
  const asked = estimatedParts.map(({ field, key }) => {
    const count = Number(input?.[field] ?? 0);
    if (count < 0 || count > longestList)
      throw new TributaryError('PROMPT', `\`${field}\` of the selection is ${count}; it goes from 0 to ${longestList}`);
    return [key, count] as const;
  });
  return Object.fromEntries(asked.filter(([, count]) => count > 0));
}
