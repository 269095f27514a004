/** A token as text: spaces as raised dots, line breaks as arrows, special tokens in small capitals. */
import { lineBreak, type ShownToken, space, visible } from '../format/token.ts';

export function TokenText({ token }: { readonly token: ShownToken }) {
  if (token.special) return <span class="token-text special">{visible(token)}</span>;
  return (
    <span class="token-text">
      {visible(token)
        .split(new RegExp(`([${space}${lineBreak}→␍])`))
        .filter(Boolean)
        .map((part) => (part.length === 1 && `${space}${lineBreak}→␍`.includes(part) ? <i>{part}</i> : part))}
    </span>
  );
}
