/** Tokens with all their figures, a row each: for bars, and to take along. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import type { Column } from '../../parts/ranking.ts';
import type { Table } from '../../takeaway/takeaway.ts';
import type { Answer } from './answer.ts';
import type { Share } from './measure.ts';
import { methodName } from './wording.ts';

/** One answer's figures of a token. */
interface TokenFigures extends Partial<Share> {
  readonly method: string;
  readonly score: number;
  readonly positionScore: number | null;
}

export interface TokenRow {
  readonly token: TokenPartsFragment;
  /** Of each answer. */
  readonly figures: readonly TokenFigures[];
  /** Second score less the first, where they are counted in the same unit. */
  readonly difference?: number;
}

export interface Source {
  readonly answer: Answer;
  /** Undefined until they are there. */
  readonly shares: readonly Share[] | undefined;
}

/** @param sources one answer, or two about the same tokens */
export function tokenRows(sources: readonly Source[]): TokenRow[] {
  const [first, second] = sources;
  if (!first) return [];
  return first.answer.tokens.map(({ token }, at) => {
    const figures = sources.map(({ answer, shares }) => ({
      method: methodName(answer.method),
      score: answer.tokens[at]?.score ?? 0,
      positionScore: answer.tokens[at]?.positionScore ?? null,
      ...shares?.[at],
    }));
    const [one, other] = figures;
    const same = one && other && first.answer.unit === second?.answer.unit;
    return { token, figures, ...(same && { difference: other.score - one.score }) };
  });
}

/** What there is of; columns that hold nothing are left out. */
export function tokenColumns(rows: readonly TokenRow[], units: readonly string[]): Column<TokenRow>[] {
  const [first] = rows;
  if (!first) return [];
  const columns = first.figures.flatMap(({ method }, index): Column<TokenRow>[] => {
    const prefix = first.figures.length > 1 ? `${method} ` : '';
    const of = (name: 'score' | 'positionScore' | 'share' | 'textShare') => (row: TokenRow) =>
      row.figures[index]?.[name] ?? null;
    const unit = units[index] ?? '';
    return [
      { name: `score ${index}`, title: `${prefix}score (${unit})`, of: of('score'), bar: true },
      {
        name: `position score ${index}`,
        title: `${prefix}of it by position (${unit})`,
        of: of('positionScore'),
        bar: true,
      },
      { name: `share ${index}`, title: `${prefix}share`, of: of('share') },
      { name: `text share ${index}`, title: `${prefix}share without special tokens`, of: of('textShare') },
    ];
  });
  const position: Column<TokenRow> = {
    name: 'position',
    title: 'position',
    of: ({ token }) => token.position,
    place: true,
  };
  const difference: Column<TokenRow> = { name: 'difference', title: 'difference', of: (row) => row.difference ?? null };
  return [position, ...columns, difference].filter(({ of }) => rows.some((row) => of(row) !== null));
}

/** As it is taken along: exact, with what every token is. */
export function tokenTable(rows: readonly TokenRow[], units: readonly string[]): Table {
  const columns = tokenColumns(rows, units).filter(({ place }) => !place);
  return {
    name: 'tokens',
    columns: ['position', 'token id', 'text', 'special', ...columns.map(({ title }) => title)],
    rows: rows.map((row) => {
      const { position, tokenId, text, special } = row.token;
      return [position, tokenId, text, String(special), ...columns.map(({ of }) => of(row))];
    }),
  };
}
