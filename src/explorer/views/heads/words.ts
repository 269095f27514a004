/** What heads do, in words made from figures. */
import { componentName, componentWords } from '../../format/component.ts';
import { rounded, signed } from '../../format/number.ts';
import type { TargetWords } from '../../format/target.ts';
import { quoted, type ShownToken } from '../../format/token.ts';

export interface Strongest {
  readonly layer: number;
  readonly head: number;
  readonly value: number;
}

export interface PlacedToken extends ShownToken {
  readonly position: number;
}

/** `' Mary'`, with its position where the prompt has the same text more than once: `' John' at 9`. */
export function tokenName(token: PlacedToken, tokens: readonly PlacedToken[]): string {
  return isAlone(token, tokens) ? quoted(token) : `${quoted(token)} at ${token.position}`;
}

/** Whether the prompt has its text but once. */
export function isAlone(token: PlacedToken, tokens: readonly PlacedToken[]): boolean {
  return tokens.every(({ text, position }) => text !== token.text || position === token.position);
}

/**
 * The grid in a sentence: which head matters most.
 * @param sums of direct contributions; total ones, which pass through one another, have none
 */
export function gridCaption(
  heads: readonly Strongest[],
  sums: { readonly heads: number; readonly mlps: number | null } | undefined,
  target: TargetWords,
): string {
  const [first, second] = heads;
  if (!first) return 'This model has no attention heads.';
  const how = sums ? ` by what it writes straight to the ${target.value}` : '';
  const then = second ? `, then head ${componentName(second.layer, second.head)} (${signed(second.value)})` : '';
  const gives =
    first.value < 0
      ? `takes ${rounded(-first.value)} ${target.unit} from ${target.name}`
      : `brings ${signed(first.value)} ${target.unit} to ${target.name}`;
  const mlps = typeof sums?.mlps === 'number' ? `, all MLPs ${signed(sums.mlps)}` : '';
  const together = sums ? ` All heads together write ${signed(sums.heads)}${mlps}.` : '';
  return `Of all heads, head ${first.head} of layer ${first.layer} matters most: it ${gives}${how}${then}.${together}`;
}

export interface Move {
  /** Positions: `to` attends to `from`. */
  readonly to: number;
  readonly from: number;
  readonly score: number;
  /** Undefined as long as the pattern is not there. */
  readonly weight: number | undefined;
}

/** `Head 1 of layer 2 brings +2.3 to ' Mary', most of it by reading ' Mary' from ' to' (+2.1)`. */
export function headCaption(
  { layer, head, value }: Strongest,
  strongest: Move | undefined,
  target: string,
  tokens: readonly PlacedToken[],
): string {
  const name = `Head ${head} of layer ${layer}`;
  const gives = value < 0 ? `takes ${rounded(-value)} from ${target}` : `brings ${signed(value)} to ${target}`;
  const [to, from] = [tokens[strongest?.to ?? -1], tokens[strongest?.from ?? -1]];
  if (!strongest || !to || !from || strongest.score === 0) return `${name} ${gives}.`;
  const reading =
    to === from
      ? `reading ${tokenName(from, tokens)} from where it stands`
      : `reading ${tokenName(from, tokens)} from ${tokenName(to, tokens)}`;
  if (strongest.score > 0 !== value > 0)
    return `${name} ${gives}; its strongest move, ${reading}, does the opposite (${signed(strongest.score)}).`;
  return `${name} ${gives}, most by ${reading} (${signed(strongest.score)}).`;
}

/** `' to' reads ' Mary': weight 0.83, +2.3 to ' Mary'`. */
export function moveWords({ to, from, score, weight }: Move, target: string, tokens: readonly PlacedToken[]): string {
  const [reader, read] = [tokens[to], tokens[from]];
  if (!reader || !read) return '';
  return `${tokenName(reader, tokens)} reads ${to === from ? 'itself' : tokenName(read, tokens)}: ${weight === undefined ? '' : `weight ${rounded(weight)}, `}${signed(score)} to ${target}`;
}

/** What a copying score says. */
export function copyingWords(copying: number): string {
  if (copying > 0.2) return `attending to a token raises that token’s own logit: it copies`;
  if (copying < -0.2) return `attending to a token lowers that token’s own logit: it suppresses copies`;
  return 'attending to a token neither raises nor lowers that token’s own logit';
}

export interface Ablated {
  readonly layer: number;
  readonly head: number | null;
  readonly total: number;
  readonly drop: number;
}

/** `Taking head 2.1 out costs ' Mary' 3.1 logits; its attribution says +2.9.` */
export function ablationCaption(
  { layer, head, total, drop }: Ablated,
  replacement: string,
  target: { readonly name: string; readonly unit: string },
): string {
  const what = componentWords(layer, head);
  const done = replacement === 'MEAN' ? `Putting its mean in the place of ${what}` : `Taking ${what} out`;
  const effect = drop < 0 ? `gives ${target.name} ${rounded(-drop)} more` : `costs ${target.name} ${rounded(drop)}`;
  return `${done} ${effect} ${target.unit}; its attribution says ${signed(total)}.`;
}
