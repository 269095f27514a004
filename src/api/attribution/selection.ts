/** What of an attribution a GraphQL query selects: what is not selected is not computed. */
import { type GraphQLResolveInfo, getNamedType, isNonNullType } from 'graphql';
import { requireInBounds } from '../../errors.ts';
import type { AttributionSelection, Grain } from '../../explain/attribution/result.ts';
import { isInBounds, longestList } from '../bounds.ts';
import { isReadApart, type SelectedField, selectedFields } from '../selected-fields.ts';
import type { Need } from './parts/need.ts';

/**
 * What the selected fields of each LogitAttribution below the field being resolved need. Each field says so itself: see
 * `needs`. One with a count out of bounds needs nothing: it is refused by itself, where it may be null.
 * @param type where the value is known to be of one type of several
 * @throws TributaryError INPUT for a count out of bounds of a field that may not be null, as those of events
 */
export function selectionOf(info: GraphQLResolveInfo, type?: string): AttributionSelection {
  return mostOf(needsOf(fieldsOf(info, type)));
}

/** The same without what is deferred: it is needed later. */
export function firstNeedsOf(info: GraphQLResolveInfo, type?: string): Need[] {
  return needsOf(fieldsOf(info, type), ({ deferred }) => !deferred);
}

/** The same may be selected under several aliases: the longest of them is a selection that has all. */
export function mostOf(needs: readonly Need[]): AttributionSelection {
  const selection: { -readonly [Asked in Grain]?: number } = {};
  for (const [key, count] of needs) if (count > 0) selection[key] = Math.max(selection[key] ?? 0, count);
  return selection;
}

function fieldsOf(info: GraphQLResolveInfo, type: string | undefined): SelectedField[] {
  return selectedFields(info).filter((field) => type === undefined || field.type === type);
}

function needsOf(fields: readonly SelectedField[], counts: (field: SelectedField) => boolean = () => true): Need[] {
  return fields.filter(counts).flatMap((field) => {
    const { type, extensions } = field.definition;
    if (isReadApart(getNamedType(type))) return [];
    const need = extensions.needs as ((args: object) => Need) | undefined;
    const own = need ? [need(field.args)] : [];
    if (isNonNullType(type)) for (const [, count] of own) requireInBounds('first', count, 0, longestList);
    return [...own.filter(([, count]) => isInBounds(count)), ...needsOf(field.fields(), counts)];
  });
}
