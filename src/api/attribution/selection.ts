/** What of an attribution a GraphQL query selects: what is not selected is not computed. */
import { GraphQLError, type GraphQLResolveInfo, getNamedType } from 'graphql';
import type { AttributionSelection, Grain } from '../../explain/attribution/result.ts';
import { isReadApart, type SelectedField, selectedFields } from '../selected-fields.ts';
import { longestList, type Need } from './parts/part.ts';

/**
 * What the selected fields of each LogitAttribution below the field being resolved need. Each field says so itself: see
 * `needs`.
 * @param type where the value is known to be of one type of several
 * @throws GraphQLError when a `first` is out of bounds
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
    return [...(need ? [bounded(field, need(field.args))] : []), ...needsOf(field.fields())];
  });
}

function bounded({ name }: SelectedField, need: Need): Need {
  const [, count] = need;
  if (count >= 0 && count <= longestList) return need;
  throw new GraphQLError(`\`${name}(first: ${count})\` is out of bounds; it goes from 0 to ${longestList}`, {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}
