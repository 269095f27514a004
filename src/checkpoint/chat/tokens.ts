/** A chat as tokens, and which of them belong to which message. */
import type { ChatMessage, MessageSpan } from '../messages.ts';
import type { TextSpan } from '../tokenization/places.ts';
import type { PlacedToken } from '../tokenizer.ts';
import type { WrittenChat } from './template.ts';

/**
 * A token belongs to the message that it has a part of, of several to the first; where it is not known how far it goes, to
 * the one that it can only stand in. Messages without a token are left out.
 */
export function messagesIn(
  messages: readonly ChatMessage[],
  { contents }: WrittenChat,
  tokens: readonly PlacedToken[],
): MessageSpan[] {
  const found = contents
    .flatMap((span, index) => (span ? [{ span, role: (messages[index] as ChatMessage).role }] : []))
    .sort((a, b) => a.span.start - b.span.start);
  let next = 0;
  return found.flatMap(({ span, role }) => {
    let from = next;
    // What stands before this message stands before all that follow.
    while (from < tokens.length && (tokens[from] as PlacedToken).end <= span.start) from++;
    while (from < tokens.length && startsBefore(tokens[from], span) && !belongs(tokens[from], span)) from++;
    let to = from;
    while (belongs(tokens[to], span)) to++;
    next = to;
    return to > from ? [{ role, from, to }] : [];
  });
}

function startsBefore(token: PlacedToken | undefined, { end }: TextSpan): boolean {
  return token !== undefined && token.start < end;
}

function belongs(token: PlacedToken | undefined, span: TextSpan): boolean {
  if (token === undefined) return false;
  const { start, end, exact } = token;
  return exact ? start < span.end && end > span.start : start >= span.start && end <= span.end;
}
