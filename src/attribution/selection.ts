/** What of an attribution a GraphQL query selects: what is not selected is not computed. */
import type { GraphQLResolveInfo } from 'graphql';
import { parseResolveInfo, type ResolveTree } from 'graphql-parse-resolve-info';
import type { AttributionSelection } from './result.ts';

/** Reads the selection under the field being resolved, through fragments, aliases, variables, @skip and @include. */
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
  return fields.reduce((largest, { args }) => Math.max(largest, Number(args.first ?? 0)), 0);
}
