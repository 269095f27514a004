/** What of an attribution a GraphQL query selects: what is not selected is not computed. */
import { GraphQLError, type GraphQLResolveInfo, getNamedType, isObjectType } from 'graphql';
import type { AttributionSelection, Grain } from '../../explain/attribution/result.ts';
import { type SelectedField, selectedFields } from '../selected-fields.ts';
import { longestList, type Need } from './parts/need.ts';

/**
 * What the selected fields of each LogitAttribution below the field being resolved need. Each field says so itself: see
 * `needs`.
 * @throws GraphQLError when a `first` is out of bounds
 */
export function selectionOf(info: GraphQLResolveInfo): AttributionSelection {
  return mostOf(needsOf(selectedFields(info)));
}

/** The same without what is deferred: it is needed later. */
export function firstNeedsOf(info: GraphQLResolveInfo): Need[] {
  return needsOf(selectedFields(info), ({ deferred }) => !deferred);
}

/** The same may be selected under several aliases: the longest of them is a selection that has all. */
export function mostOf(needs: readonly Need[]): AttributionSelection {
  const selection: { -readonly [Asked in Grain]?: number } = {};
  for (const [key, count] of needs) if (count > 0) selection[key] = Math.max(selection[key] ?? 0, count);
  return selection;
}

function needsOf(fields: readonly SelectedField[], counts: (field: SelectedField) => boolean = () => true): Need[] {
  return fields.filter(counts).flatMap((field) => {
    const { type, extensions } = field.definition;
    const value = getNamedType(type);
    // A node is read by a resolver of its own, which looks at what is selected of it.
    if (isObjectType(value) && value.getInterfaces().some(({ name }) => name === 'Node')) return [];
    const need = extensions.needs as ((args: object) => Need) | undefined;
    return [...(need ? [bounded(field, need(field.args))] : []), ...needsOf(field.fields(), counts)];
  });
}

function bounded({ name }: SelectedField, need: Need): Need {
  const [, count] = need;
  if (count >= 0 && count <= longestList) return need;
  throw new GraphQLError(`\`${name}(first: ${count})\` is out of bounds; it goes from 0 to ${longestList}`, {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}
