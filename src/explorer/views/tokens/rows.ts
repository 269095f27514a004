/** Tokens with all their figures, a row each: for bars, and to take along. */

import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { methodName } from '../../format/method.ts';
import { signed } from '../../format/number.ts';
import type { Column } from '../../parts/ranking.ts';
import type { Table } from '../../takeaway/takeaway.ts';
import type { Answer } from './answer.ts';
import { type Share, written } from './measure.ts';
import { ofAttention } from './wording.ts';

/** One answer's figures of a token. */
interface TokenFigures extends Partial<Share> {
  readonly method: string;
  readonly score: number;
  readonly positionScore: number | null;
}

type Figure = 'score' | 'positionScore' | 'share' | 'textShare';

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

/** All there is; columns that hold nothing, or nothing of their own, are left out. */
export function tokenColumns(rows: readonly TokenRow[], units: readonly string[]): Column<TokenRow>[] {
  const [first] = rows;
  if (!first) return [];
  const hasSpecial = rows.some(({ token }) => token.special);
  const columns = first.figures.flatMap(({ method }, index): Column<TokenRow>[] => {
    const prefix = first.figures.length > 1 ? `${method} ` : '';
    const of = (name: Figure) => (row: TokenRow) => row.figures[index]?.[name] ?? null;
    const unit = units[index] ?? '';
    const percents = (name: Figure) => (row: TokenRow) => written({ measure: 'share', unit }, of(name)(row));
    return [
      { name: `score ${index}`, title: `${prefix}score (${unit})`, of: of('score'), bar: unit !== ofAttention },
      {
        name: `position score ${index}`,
        title: `${prefix}of it by position (${unit})`,
        of: of('positionScore'),
        bar: true,
      },
      { name: `share ${index}`, title: `${prefix}share`, of: of('share'), cell: percents('share') },
      ...(hasSpecial
        ? [
            {
              name: `text share ${index}`,
              title: `${prefix}share without special tokens`,
              of: of('textShare'),
              cell: percents('textShare'),
            },
          ]
        : []),
    ];
  });
  const position: Column<TokenRow> = {
    name: 'position',
    title: 'position',
    of: ({ token }) => token.position,
    place: true,
  };
  const difference: Column<TokenRow> = {
    name: 'difference',
    title: `difference (${units[0]})`,
    of: (row) => row.difference ?? null,
    cell: ({ difference: value }) => signed(value ?? 0),
  };
  return [position, ...columns, difference].filter(({ of }) => rows.some((row) => of(row) !== null));
}

/** Those that stand in a table of bars: of two answers not also what positions contribute. */
export function barColumns(rows: readonly TokenRow[], units: readonly string[]): Column<TokenRow>[] {
  const columns = tokenColumns(rows, units);
  return units.length > 1 ? columns.filter(({ name }) => !/^(position|text) s/.test(name)) : columns;
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
