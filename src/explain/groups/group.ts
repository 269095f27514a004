/** Tokens that stand together: their scores are summed. Groups of one kind cover every position once. */
export interface TokenGroup {
  /** Its first position. */
  readonly from: number;
  /** The position before which it ends. */
  readonly to: number;
  /** Of a span what its caller calls it, of a message its role, of a special token itself; null of what has no name. */
  readonly name: string | null;
  /** Whether it stands in none of the spans or messages that were named, but between them. */
  readonly rest: boolean;
}
