import { GraphQLError } from 'graphql';
import type { TributaryError } from '../errors.ts';

/** An expected failure as the error of one field, told in full. */
export function asGraphQLError({ code, message, details }: TributaryError): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...('field' in details && { field: details.field }) } });
}
