/** What of a model's circuits a GraphQL query selects: what is not selected is not computed. */
import type { GraphQLResolveInfo } from 'graphql';
import { type CircuitsRequest, compositionKinds } from '../../explain/circuits/result.ts';
import { isInBounds } from '../bounds.ts';
import { selectedFields } from '../selected-fields.ts';

/** Reads the selection under the field being resolved, through fragments, aliases, variables, @skip and @include. */
export function circuitsSelection(info: GraphQLResolveInfo): CircuitsRequest {
  const fields = selectedFields(info).filter(({ type }) => type === 'Circuits');
  const composed = fields.filter(({ name, args }) => name !== 'strongest' || isInBounds(Number(args.first)));
  const ofHeads = fields.filter(({ name }) => name === 'heads').flatMap((field) => field.fields());
  return {
    copying: ofHeads.some(({ name }) => name === 'copying'),
    composition: compositionKinds.filter((kind) => composed.some(({ args }) => args.kind === kind)),
  };
}
