/** Which tokens are followed through the layers. */
import { palettes } from '../drawing/palette.ts';

/** As many as can be told apart. */
export const mostFollowed = palettes.light.tracked.length;

/** What comes after the predicting token is not read, and cannot be followed. @param predicts its position */
export function canFollow(followed: readonly number[], position: number, predicts: number): boolean {
  return position <= predicts && followed.length < mostFollowed && !followed.includes(position);
}

interface Scored {
  readonly score: number;
  readonly token: { readonly position: number; readonly special: boolean };
}

/**
 * The position of the token that speaks most for the target; where none speaks for it, of the one that speaks most against
 * it. Special tokens only where there are no others.
 */
export function strongest(tokens: readonly Scored[]): number {
  const words = tokens.filter(({ token }) => !token.special);
  const all = words.length > 0 ? words : tokens;
  const size = all.some(({ score }) => score > 0) ? ({ score }: Scored) => score : ({ score }: Scored) => -score;
  const [first] = all.toSorted((one, other) => size(other) - size(one));
  return first?.token.position ?? 0;
}
