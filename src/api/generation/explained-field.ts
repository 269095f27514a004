/** Fields of an answer that are there only where its tokens were explained. */
import { type Extent, extent } from '../expected-size.ts';

/** To be spread into the options of such a field: a generation of which it is selected has its tokens explained. */
export function ofExplained(of: Extent<object> = () => 1) {
  return { nullable: true, extensions: { ...extent(of).extensions, explained: true } } as const;
}

/** For descriptions: why it is null. */
export const nullOfUnexplained = 'Null where the tokens of the answer were not explained.';
