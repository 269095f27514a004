/** A message of a chat in the prompt that it was written into: its content has the positions from `from` on, before `to`. */
export interface MessageSpan {
  readonly role: string;
  readonly from: number;
  readonly to: number;
}

/** What a model reads. */
export interface PromptTokens {
  readonly inputIds: readonly number[];
  /** In the order of their positions, which are never shared; absent where the prompt is no chat. */
  readonly messages?: readonly MessageSpan[] | undefined;
}

/** The message that a position belongs to. */
export function messageAt(messages: readonly MessageSpan[] | undefined, position: number): MessageSpan | undefined {
  return messages?.find(({ from, to }) => from <= position && position < to);
}
