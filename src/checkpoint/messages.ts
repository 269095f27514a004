/** The messages of a chat, and where they stand in the prompt that they are written into. */

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** A message in a prompt: its content has the positions from `from` on that stand before `to`. */
export interface MessageSpan {
  readonly role: string;
  readonly from: number;
  readonly to: number;
}

/** What a model reads. */
export interface PromptTokens {
  readonly inputIds: readonly number[];
  /**
   * In the order of their positions, of which they share none; those that no token could be told to belong to are left out.
   * Absent where the prompt is no chat.
   */
  readonly messages?: readonly MessageSpan[] | undefined;
}

/** The role of the message that a position belongs to; undefined for one that stands between messages. */
export function roleAt({ messages = [] }: Pick<PromptTokens, 'messages'>, position: number): string | undefined {
  let [low, high] = [0, messages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle] as MessageSpan).to <= position) low = middle + 1;
    else high = middle;
  }
  const message = messages[low];
  return message && message.from <= position ? message.role : undefined;
}
