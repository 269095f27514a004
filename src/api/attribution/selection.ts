/** What of an attribution a GraphQL query selects: what is not selected is not computed. */
import { type GraphQLResolveInfo, getNamedType } from 'graphql';
import type { AttributionSelection, Grain } from '../../explain/attribution/result.ts';
import { isInBounds } from '../bounds.ts';
import { isReadApart, type SelectedField, selectedFields } from '../selected-fields.ts';
import type { Need } from './parts/part.ts';

/**
 * What the selected fields of each LogitAttribution below the field being resolved need. Each field says so itself: see
 * `needs`. One with a count out of bounds needs nothing: it is refused by itself.
 * @param type where the value is known to be of one type of several
 */
export function selectionOf(info: GraphQLResolveInfo, type?: string): AttributionSelection {
  const fields = selectedFields(info).filter((field) => type === undefined || field.type === type);
  // The same may be selected under several aliases.
  const selection: { -readonly [Asked in Grain]?: number } = {};
  for (const [key, count] of needsOf(fields)) if (count > 0) selection[key] = Math.max(selection[key] ?? 0, count);
  return selection;
}

function needsOf(fields: readonly SelectedField[]): Need[] {
  return fields.flatMap((field) => {
    const { type, extensions } = field.definition;
    if (isReadApart(getNamedType(type))) return [];
    const need = extensions.needs as ((args: object) => Need) | undefined;
    return [...(need ? [need(field.args)].filter(([, count]) => isInBounds(count)) : []), ...needsOf(field.fields())];
  });
}
