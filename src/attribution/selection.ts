/** What of an attribution a GraphQL query selects: what is not selected is not computed. */
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { parseResolveInfo, type ResolveTree } from 'graphql-parse-resolve-info';
import { movesGrain, sourcesGrain } from './grains/moves-grain.ts';
import {
  type AttributionSelection,
  ablationReplacements,
  type Grain,
  type MoveAxis,
  type MovePath,
  movePaths,
} from './result.ts';

/** The most of a list of the strongest that one query may ask for. */
export const longestList = 1000;

/**
 * Reads the selection under the field being resolved, through fragments, aliases, variables, @skip and @include.
 * @throws GraphQLError when a `first` is out of bounds
 */
export function selectionOf(info: GraphQLResolveInfo): AttributionSelection {
  const fields = attributionFields(parseResolveInfo(info) as ResolveTree | null | undefined);
  const of = (name: string) => fields.filter((field) => field.name === name);
  const inLayers = of('layers').flatMap(children);
  const inHeads = inLayers.filter(({ name }) => name === 'heads').flatMap(children);
  const inFaithfulness = of('faithfulness').flatMap(children);
  const asked: [Grain, number][] = [
    ['layers', of('layers').length],
    ['residuals', of('residuals').length],
    ['neurons', largestFirst(inLayers.filter(({ name }) => name === 'neurons'))],
    ...movePaths.map((path): [Grain, number] => [
      `edges.${path}`,
      largestFirst(of('edges').filter(({ args }) => args.path === path)),
    ]),
    [sourcesGrain, inHeads.filter(({ name }) => name === 'sources').length],
    ...of('moves').map(({ args }): [Grain, number] => [
      movesGrain(args.path as MovePath, args.keep as readonly MoveAxis[]),
      1,
    ]),
    ['faithfulness', inFaithfulness.filter(({ name }) => name !== 'agreement').length],
    ['agreement', inFaithfulness.filter(({ name }) => name === 'agreement').length],
    ...ablationReplacements.map((replacement): [Grain, number] => [
      `ablations.${replacement}`,
      largestFirst(of('ablations').filter(({ args }) => args.replacement === replacement)),
    ]),
  ];
  const lists = new Set(['neurons', 'edges.TOTAL', 'edges.DIRECT', 'ablations.ZERO', 'ablations.MEAN']);
  return Object.fromEntries(
    asked.filter(([, count]) => count > 0).map(([grain, count]) => [grain, lists.has(grain) ? count : 1]),
  );
}

/** Fields of LogitAttribution, which stands in a result union or alone, or in a list of several. */
function attributionFields(tree: ResolveTree | null | undefined): ResolveTree[] {
  const { LogitAttribution: own = {}, LogitAttributions: several = {} } = tree?.fieldsByTypeName ?? {};
  return [...Object.values(own), ...Object.values(several).flatMap(attributionFields)];
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
