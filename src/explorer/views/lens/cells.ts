/** What stands in a cell of the lens, and how dark it is. */
import { exact, percent, rounded } from '../../format/number.ts';
import { ordinal } from '../../format/target.ts';
import { quoted, type ShownToken, visible } from '../../format/token.ts';
import { type Column, type Depth, figuresOf, inWords, type Reading } from './readings.ts';

/** What cells show: the first choice, how unsure the model is, or the target's rank or probability. */
export type CellKind = 'top' | 'entropy' | 'rank' | 'probability';

export interface Cell {
  readonly text: string;
  /** From 0 to 1. */
  readonly shade: number;
  /** A token, not a figure. */
  readonly token?: ShownToken;
}

export interface CellFrame {
  readonly kind: CellKind;
  /** Of the target. */
  readonly tokenId: number;
  /** In nats: of a model that has no idea. */
  readonly mostEntropy: number;
}

/** Undefined where it is not known. */
export function cellOf(reading: Reading | undefined, { kind, tokenId, mostEntropy }: CellFrame): Cell | undefined {
  const [first] = reading?.top ?? [];
  if (!reading || !first) return undefined;
  if (kind === 'top') return { text: visible(first.token), shade: first.probability, token: first.token };
  if (kind === 'entropy') {
    const { entropy } = reading;
    return entropy === undefined ? undefined : { text: rounded(entropy), shade: 1 - entropy / (mostEntropy || 1) };
  }
  const figures = figuresOf(reading, tokenId);
  if (!figures) return undefined;
  const { rank, probability } = figures;
  return { text: kind === 'rank' ? String(rank) : percent(probability), shade: probability };
}

/** All of a reading, to the last digit: `after layer 2, at ' to' (13)`, its first choice, …. */
export function cellTitle(reading: Reading | undefined, depth: Depth, token: ShownToken, position: number): string {
  const where = `${inWords(depth)}, at ${quoted(token)} (${position})`;
  if (!reading) return `${where}: not read yet`;
  const [first] = reading.top;
  const lines = [
    first && `first choice ${quoted(first.token)}: ${exact(first.probability)}, logit ${exact(first.logit)}`,
    ...reading.tokens.map((of) => `${quoted(of.token)}: ${ordinal(of.rank)}, ${exact(of.probability)}`),
    reading.entropy !== undefined && `entropy ${exact(reading.entropy)} nats`,
  ];
  return [where, ...lines.filter(Boolean)].join('\n');
}

/** The largest of all that is read. */
export function mostEntropyOf(columns: ReadonlyMap<number, Column>): number {
  let most = 0;
  for (const column of columns.values()) for (const { entropy = 0 } of column.values()) most = Math.max(most, entropy);
  return most;
}
