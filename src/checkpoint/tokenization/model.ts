/** What reads the pieces of a text as ids. */
import { TributaryError } from '../../errors.ts';

export interface Model {
  readonly vocabulary: ReadonlyMap<string, number>;
  /** How many entries the file lists, two of the same piece counted twice: the ids of added tokens go on from there. */
  readonly size: number;
  /** @throws TributaryError PROMPT for a piece that the vocabulary cannot write and has no token for unknown text */
  read(piece: string): number[];
}

export function cannotWrite(piece: string): TributaryError {
  const message = `The model's vocabulary cannot write ${JSON.stringify(piece)}, nor has it a token for unknown text`;
  return new TributaryError('PROMPT', message);
}
