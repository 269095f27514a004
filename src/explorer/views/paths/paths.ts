/** The paths that are shown, what they sum to, and what is said of them. */
import type { PathsQuery } from '../../../client/generated/graphql.ts';
import { componentName, componentWords } from '../../format/component.ts';
import { signed } from '../../format/number.ts';
import type { TargetWords } from '../../format/target.ts';
import type { Term } from '../../parts/balance.tsx';
import { ranked } from '../../parts/ranking.ts';
import type { Table } from '../../takeaway/takeaway.ts';

type Attribution = Extract<NonNullable<PathsQuery['logitAttribution']>, { __typename: 'LogitAttribution' }>;
export type Expansion = NonNullable<Attribution['paths']>;
type Component = Expansion['orders'][number]['strongest'][number]['components'][number];

export interface PathRow {
  readonly components: readonly Component[];
  readonly score: number;
}

/** Of all orders, strongest first: to as many as are known of each order, the strongest of all of them. */
export function pathRows({ orders }: Expansion, most: number): PathRow[] {
  const all = orders.flatMap(({ order, sum, strongest }) =>
    order === 0 ? [{ components: [], score: sum }] : strongest,
  );
  return ranked(all, { of: ({ score }) => score }).slice(0, most);
}

function nameOf({ layer, head }: Component): string {
  return componentName(layer, head);
}

/** `embedding → MLP 0 → 3.1 → logit`. */
export function pathName({ components }: PathRow, from: string, to: string): string {
  return [from, ...components.map(nameOf), to].join(' → ');
}

const orderNames = ['straight', 'through one part', 'through two parts'];

/** What the paths of each order carry, and what is no path: with `rest` what is explained. */
export function pathTerms({ orders, longer }: Expansion, rest: readonly Term[]): Term[] {
  const terms = orders.map(({ order, sum }) => ({ name: orderNames[order] ?? `through ${order} parts`, value: sum }));
  return [...terms, { name: 'through three or more', value: longer }, ...rest.filter(({ value }) => value !== 0)];
}

/** @param rows strongest first */
export function pathCaption(
  rows: readonly PathRow[],
  { longer }: Expansion,
  from: string,
  { name, unit }: TargetWords,
) {
  const [first] = rows;
  if (!first || first.score === 0) return `Nothing of ${from} reaches ${name}.`;
  const way =
    first.components.map(({ layer, head }) => componentWords(layer, head)).join(', then ') ||
    'no part at all: straight from the embedding';
  const verb = first.score < 0 ? 'takes' : 'brings';
  const short = `The strongest short path from ${from} leads through ${way}: it ${verb} ${signed(first.score)} ${unit}.`;
  return `${short} Longer ones, through three parts or more, carry ${signed(longer)}.`;
}

export function pathTables(rows: readonly PathRow[], terms: readonly Term[], unit: string): Table[] {
  return [
    { name: 'orders', columns: ['paths', `sum (${unit})`], rows: terms.map(({ name, value }) => [name, value]) },
    {
      name: 'paths',
      columns: ['order', 'first', 'second', `score (${unit})`],
      rows: rows.map(({ components, score }) => {
        const [first, second] = components.map(nameOf);
        return [components.length, first ?? null, second ?? null, score];
      }),
    },
  ];
}
