/** What of a model's circuits a GraphQL query selects: what is not selected is not computed. */
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { type CircuitsRequest, compositionKinds } from '../../explain/circuits/result.ts';
import { selectedFields } from '../selected-fields.ts';

/** The most of the strongest compositions that one query may ask for. */
export const longestList = 1000;

/**
 * Reads the selection under the field being resolved, through fragments, aliases, variables, @skip and @include.
 * @throws GraphQLError when a `first` is out of bounds
 */
export function circuitsSelection(info: GraphQLResolveInfo): CircuitsRequest {
  const fields = selectedFields(info).filter(({ type }) => type === 'Circuits');
  for (const { name, args } of fields) if (name === 'strongest') requireInBounds(args.first as number);
  const ofHeads = fields.filter(({ name }) => name === 'heads').flatMap((field) => field.fields());
  return {
    copying: ofHeads.some(({ name }) => name === 'copying'),
    composition: compositionKinds.filter((kind) => fields.some(({ args }) => args.kind === kind)),
  };
}

function requireInBounds(first: number): void {
  if (first >= 0 && first <= longestList) return;
  throw new GraphQLError(`\`strongest(first: ${first})\` is out of bounds; it goes from 0 to ${longestList}`, {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}
