/** What of an attribution a GraphQL query selects: what is not selected is not computed. */
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { movesGrain, sourcesGrain } from '../../explain/attribution/grains/moves-grain.ts';
import { pathsGrain } from '../../explain/attribution/paths-grain.ts';
import type {
  AblationReplacement,
  AttributionSelection,
  Grain,
  MoveAxis,
  MovePath,
} from '../../explain/attribution/result.ts';
import { type SelectedField, selectedFields } from '../selected-fields.ts';

/** The most of a list of the strongest that one query may ask for. */
export const longestList = 1000;

/**
 * Reads the selection under the field being resolved, through fragments, aliases, variables, @skip and @include.
 * @throws GraphQLError when a `first` is out of bounds
 */
export function selectionOf(info: GraphQLResolveInfo): AttributionSelection {
  const fields = attributionFields(info);
  const of = (name: string) => fields.filter((field) => field.name === name);
  const inLayers = of('layers').flatMap((field) => field.fields());
  const inHeads = inLayers.filter(({ name }) => name === 'heads').flatMap((field) => field.fields());
  const inFaithfulness = of('faithfulness').flatMap((field) => field.fields());
  const asked: [Grain, number][] = [
    ['layers', once(of('layers'))],
    ['residuals', once(of('residuals'))],
    ...inLayers.filter(({ name }) => name === 'neurons').map((field): [Grain, number] => ['neurons', bounded(field)]),
    [sourcesGrain, once(inHeads.filter(({ name }) => name === 'sources'))],
    ...of('edges').map((field): [Grain, number] => [`edges.${field.args.path as MovePath}`, bounded(field)]),
    ...of('moves').map(({ args }): [Grain, number] => [
      movesGrain(args.path as MovePath, args.keep as readonly MoveAxis[]),
      1,
    ]),
    ...of('paths').map((field): [Grain, number] => [pathsGrain(field.args.from as number | undefined), bounded(field)]),
    ['faithfulness', once(inFaithfulness.filter(({ name }) => name !== 'agreement'))],
    ['agreement', once(inFaithfulness.filter(({ name }) => name === 'agreement'))],
    ...of('ablations').map((field): [Grain, number] => [
      `ablations.${field.args.replacement as AblationReplacement}`,
      bounded(field),
    ]),
  ];
  // The same may be selected under several aliases.
  const selection: { -readonly [Asked in Grain]?: number } = {};
  for (const [grain, count] of asked) if (count > 0) selection[grain] = Math.max(selection[grain] ?? 0, count);
  return selection;
}

/** Fields of LogitAttribution, which stands in a result union or alone, or in a list of several. */
function attributionFields(info: GraphQLResolveInfo): SelectedField[] {
  return selectedFields(info)
    .flatMap((field) => (field.type === 'LogitAttributions' ? field.fields() : [field]))
    .filter(({ type }) => type === 'LogitAttribution');
}

function once(fields: readonly SelectedField[]): number {
  return fields.length > 0 ? 1 : 0;
}

/** `first` of a list of the strongest. */
function bounded({ name, args }: SelectedField): number {
  const first = Number(args.first ?? 0);
  if (first >= 0 && first <= longestList) return first;
  throw new GraphQLError(`\`${name}(first: ${first})\` is out of bounds; it goes from 0 to ${longestList}`, {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}
