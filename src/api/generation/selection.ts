/** Whether a document has the tokens of an answer explained: what is not selected is not computed. */
import type { GraphQLResolveInfo } from 'graphql';
import { selectedFields } from '../selected-fields.ts';

export function explains(info: GraphQLResolveInfo): boolean {
  return selectedFields(info).some(({ type }) => type === 'TokenAttributed');
}
