/** What of an attribution a GraphQL query selects: what is not selected is not computed. */
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { parseResolveInfo, type ResolveTree } from 'graphql-parse-resolve-info';
import type { AttributionSelection } from './result.ts';

/** The most of a list of the strongest that one query may ask for. */
export const longestList = 1000;

/**
 * Reads the selection under the field being resolved, through fragments, aliases, variables, @skip and @include.
 * @throws GraphQLError when a `first` is out of bounds
 */
export function selectionOf(info: GraphQLResolveInfo): AttributionSelection {
  const tree = parseResolveInfo(info) as ResolveTree | null | undefined;
  const fields = attributionFields(tree);
  const layers = fields.filter(({ name }) => name === 'layers');
  const inLayers = layers.flatMap(children);
  const heads = inLayers.filter(({ name }) => name === 'heads').flatMap(children);
  return {
    layers: layers.length > 0,
    sources: heads.some(({ name }) => name === 'sources'),
    neurons: largestFirst(inLayers.filter(({ name }) => name === 'neurons')),
    edges: largestFirst(fields.filter(({ name }) => name === 'edges')),
  };
}

/** Fields of LogitAttribution, which stands in a result union or alone. */
function attributionFields(tree: ResolveTree | null | undefined): ResolveTree[] {
  return Object.values(tree?.fieldsByTypeName.LogitAttribution ?? {});
}

function children(tree: ResolveTree): ResolveTree[] {
  return Object.values(tree.fieldsByTypeName).flatMap((fields) => Object.values(fields));
}

/** The same field may be selected under several aliases. */
function largestFirst(fields: readonly ResolveTree[]): number {
  return fields.reduce((largest, { name, args }) => Math.max(largest, bounded(name, Number(args.first ?? 0))), 0);
}

function bounded(name: string, first: number): number {
  if (first >= 0 && first <= longestList) return first;
  throw new GraphQLError(`\`${name}(first: ${first})\` is out of bounds; it goes from 0 to ${longestList}`, {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}
