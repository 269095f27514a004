import type { GraphQLResolveInfo } from 'graphql';
import type { CitedContextRequest } from '../../explain/cited-context/result.ts';
import { selectedFields } from '../selected-fields.ts';

/** Which passages have to be left out for what is selected under the field being resolved. */
export function checkedIn(info: GraphQLResolveInfo): CitedContextRequest['checked'] {
  const checks = selectedFields(info)
    .filter(({ type, name }) => type === 'CitedContext' && name === 'check')
    .flatMap((field) => field.fields());
  const has = (side: string) => checks.some(({ name }) => name === side);
  return { strongest: has('strongest'), random: has('random') };
}
